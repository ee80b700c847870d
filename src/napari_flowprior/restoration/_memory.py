"""What to do when memory runs out: smaller batches, or a sentence."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import torch

from napari_flowprior._errors import MemoryLimitError

__all__ = ["OUT_OF_MEMORY", "allocate", "smaller_batch"]

_GIB = 2**30

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
    if not _is_out_of_memory(error):
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


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    # The allocator of the CPU has no exception of its own.
    return isinstance(error, RuntimeError) and "alloc" in str(error).lower()
