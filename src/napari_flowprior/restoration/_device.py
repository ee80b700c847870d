"""Where to compute, and how much fits there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from napari_flowprior.flow import FlowConfig

__all__ = ["available_devices", "pixels_per_batch", "resolve_device"]

# A step must end well within a second so that a run can be cancelled, also on a busy
# machine: this many multiply-adds take two common cores about a tenth of a second.
_CPU_STEP = 5e9
_GPU_SHARE = 0.4
_MAX_PIXELS = 2**24


def available_devices() -> list[str]:
    """Return the devices torch can use, best first.

    Returns
    -------
    list of str
        Of "cuda", "mps" and "cpu".
    """
    devices = ["cuda"] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        devices.append("mps")
    return [*devices, "cpu"]


def resolve_device(name: str) -> torch.device:
    """Turn a user's choice into a device.

    Parameters
    ----------
    name : str
        "auto" for the best, "cpu", "cuda", "cuda:1", "mps".

    Returns
    -------
    device
        The device.

    Raises
    ------
    InputError
        If torch cannot use it.
    """
    devices = available_devices()
    if name == "auto":
        return torch.device(devices[0])
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        device = None
    index = device.index or 0 if device else 0
    missing = (
        device is not None
        and device.type == "cuda"
        and (index >= torch.cuda.device_count())
    )
    if device is None or device.type not in devices or missing:
        raise InputError(
            f"The device {name!r} is not available; choose auto or one of {devices}."
        )
    return device


def pixels_per_batch(config: FlowConfig, device: torch.device) -> int:
    """Return how many pixels to work on at a time.

    Parameters
    ----------
    config : FlowConfig
        Architecture of the flow.
    device : device
        Where it runs.

    Returns
    -------
    int
        Pixels per batch, over all its tiles.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(min(_MAX_PIXELS, _GPU_SHARE * free / config.bytes_per_pixel))
    # Forward and backward by the image cost about twice the forward pass.
    return int(_CPU_STEP / (2 * config.multiply_adds_per_pixel))
