"""Which devices torch can compute on."""

from __future__ import annotations

import torch

from napari_flowprior._errors import InputError

__all__ = [
    "available_devices",
    "computes_bfloat16",
    "is_scheduler",
    "resolve_device",
    "scheduler_address",
]


def available_devices() -> list[str]:
    """Return the devices torch can use, best first.

    Returns
    -------
    list of str
        Of "cuda", "mps" and "cpu".

    Examples
    --------
    >>> from napari_flowprior.restoration import available_devices
    >>> "cpu" in available_devices()
    True
    """
    devices = ["cuda"] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        devices.append("mps")
    return [*devices, "cpu"]


def is_scheduler(name: str) -> bool:
    """Tell whether a choice is no device, but the address of a scheduler of Dask.

    Parameters
    ----------
    name : str
        A user's choice.

    Returns
    -------
    bool
        Whether it has a scheme, as "tcp://10.0.0.1:8786" has.

    Examples
    --------
    >>> from napari_flowprior.restoration import is_scheduler
    >>> is_scheduler("tcp://10.0.0.1:8786"), is_scheduler("cuda:1")
    (True, False)
    """
    return isinstance(name, str) and "://" in name


def scheduler_address(given: str) -> str:
    """Return the address of a scheduler, with a scheme.

    Parameters
    ----------
    given : str
        As a user gives it, such as "10.0.0.1:8786".

    Returns
    -------
    str
        Of the scheme "tcp" if none is given.

    Examples
    --------
    >>> from napari_flowprior.restoration import scheduler_address
    >>> scheduler_address("10.0.0.1:8786")
    'tcp://10.0.0.1:8786'
    """
    return given if is_scheduler(given) else f"tcp://{given}"


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

    Examples
    --------
    >>> from napari_flowprior.restoration import resolve_device
    >>> resolve_device("cpu")
    device(type='cpu')
    """
    devices = available_devices()
    if is_scheduler(name):
        raise InputError(
            f"The cluster at {name} restores images, and does nothing else; choose "
            f"auto or one of {devices}."
        )
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


def computes_bfloat16(device: torch.device) -> bool:
    """Tell whether a device computes with bfloat16 rather than imitating it.

    Parameters
    ----------
    device : device
        The device.

    Returns
    -------
    bool
        Whether convolutions are faster in bfloat16 than in float32.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    # Private, but nothing public tells; without it float32 is merely slower.
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", bool)
    return device.type == "cpu" and bool(supported())
