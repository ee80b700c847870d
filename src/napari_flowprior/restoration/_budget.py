"""How much to compute at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from napari_flowprior.flow import FlowConfig

__all__ = ["pixels_per_batch"]

# A step must end well within a second so that a run can be cancelled, also on a busy
# machine: this many multiply-adds take two common cores about a tenth of a second.
_CPU_STEP = 5e9
_GPU_SHARE = 0.4
_MAX_PIXELS = 2**24


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
