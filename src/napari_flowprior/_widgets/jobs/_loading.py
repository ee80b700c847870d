"""Loading the engines, and torch with them, which takes seconds."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["free_memory", "is_loaded", "load"]

# The last name that each of them defines.
_ENGINES = {
    "napari_flowprior.restoration": "restore",
    "napari_flowprior.training": "train",
}


def is_loaded() -> bool:
    """Tell whether the engines, and torch with them, are imported already."""
    # While one is being imported, it is there, but without its last name.
    return all(hasattr(sys.modules.get(name), last) for name, last in _ENGINES.items())


def load() -> Generator[None, None, None]:
    """Import the engines, and torch with them, which takes seconds."""
    yield
    for name in _ENGINES:
        import_module(name)


def free_memory() -> None:
    """Give the memory of the GPU back that nothing needs any more."""
    import torch

    # Other programs, and the canvas of napari, need the memory of the GPU too.
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
