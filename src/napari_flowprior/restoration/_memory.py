"""How much to compute at a time, and what to do when memory runs out."""

from __future__ import annotations

import os
from contextlib import suppress
from math import inf, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_flowprior._errors import MemoryLimitError

if TYPE_CHECKING:
    from napari_flowprior.flow import FlowConfig

__all__ = [
    "OUT_OF_MEMORY",
    "allocate",
    "free_memory",
    "is_out_of_memory",
    "pixels_per_batch",
    "smaller_batch",
]

_GIB = 2**30
# A step must end well within a second so that a run can be cancelled, also on a busy
# machine: this many multiply-adds take two common cores about a tenth of a second.
_CPU_STEP = 5e9
_GPU_SHARE = 0.4
_MAX_PIXELS = 2**24
# Larger batches gain nothing on a processor, and would hold all of a large image where
# a network is small.
_MAX_CPU_PIXELS = 2**20
# Where a system does not say what is free.
_ASSUMED = 2 * _GIB
_CGROUP = Path("/sys/fs/cgroup")

OUT_OF_MEMORY = (torch.OutOfMemoryError, MemoryError, RuntimeError)
"""What to catch; `smaller_batch` raises again what is something else."""


def allocate(shape: tuple[int, ...], kind: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Return an array for a result.

    Parameters
    ----------
    shape : tuple of int
        Its shape.
    kind : dtype
        Type of its values.

    Returns
    -------
    ndarray
        Of any values.

    Raises
    ------
    MemoryLimitError
        If there is not enough memory for it.
    """
    try:
        return np.empty(shape, kind)
    # The latter for what no address space could hold.
    except (MemoryError, ValueError):
        size = prod(shape) * kind.itemsize / _GIB
        raise MemoryLimitError(
            f"The result of shape {shape} needs {size:.3g} GiB, which is more memory "
            "than there is; restore the image in parts."
        ) from None


def smaller_batch(
    size: int, error: BaseException, device: torch.device, tile: tuple[int, int]
) -> int:
    """Return half a batch size after a failure for want of memory.

    Parameters
    ----------
    size : int
        Tiles of the batch that failed.
    error : BaseException
        Why it failed.
    device : device
        Where.
    tile : tuple of int
        Height and width of a tile, pixels.

    Returns
    -------
    int
        The next batch size to try.

    Raises
    ------
    MemoryLimitError
        If not even one tile fits.
    BaseException
        `error` itself, if it is about something else.
    """
    if not is_out_of_memory(error):
        raise error
    if device.type == "cuda":
        torch.cuda.empty_cache()
    if size == 1:
        height, width = tile
        raise MemoryLimitError(
            f"One tile of {height}x{width} pixels does not fit into the memory of "
            f"{device}. Choose a smaller tile, or the device cpu."
        ) from None
    return size // 2


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether something failed for want of memory.

    Parameters
    ----------
    error : BaseException
        Why it failed.

    Returns
    -------
    bool
        Whether to try again with less.
    """
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    # The allocator of the CPU has no exception of its own.
    return isinstance(error, RuntimeError) and "alloc" in str(error).lower()


def free_memory(device: torch.device) -> float:
    """Return how much memory is free.

    Parameters
    ----------
    device : device
        Where.

    Returns
    -------
    float
        Bytes; of the processor, no more than is left of what a container may use.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return float(free)
    return min(_available(), _left_in_container())


def _available() -> float:
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        (line,) = (line for line in lines if line.startswith("MemAvailable:"))
        return float(line.split()[1]) * 1024
    with suppress(AttributeError, OSError, ValueError):
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return _ASSUMED


def _left_in_container() -> float:
    with suppress(OSError, ValueError):
        limit = float((_CGROUP / "memory.max").read_text())
        return max(0.0, limit - float((_CGROUP / "memory.current").read_text()))
    return inf


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
    by_work = _CPU_STEP / (2 * config.multiply_adds_per_pixel)
    return int(min(_MAX_CPU_PIXELS, by_work))
