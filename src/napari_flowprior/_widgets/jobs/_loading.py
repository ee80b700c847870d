"""Loading the engines, and torch with them, which takes seconds."""

from __future__ import annotations

import sys
import threading
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from napari_flowprior._widgets.fields import preference

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["free_memory", "import_if_open", "is_loaded", "load", "obey_preferences"]

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
    """Import the engines, and torch with them, and ask for preferences.

    Either takes long once: napari reads the manifests of all plugins for preferences.
    """
    yield
    for name in _ENGINES:
        import_if_open(name)
    if threading.main_thread().is_alive():
        preference("computing", "device")


def import_if_open(name: str) -> None:
    """Import a module; where Python ends meanwhile, it does not matter what fails.

    Parameters
    ----------
    name : str
        Its name.

    Raises
    ------
    Exception
        Whatever its import raises, unless Python ends.
    """
    try:
        import_module(name)
    except Exception:
        # Python starts no threads any more, which many imports want to do.
        if threading.main_thread().is_alive():
            raise


def obey_preferences() -> None:
    """Take so many threads and so much memory as the user prefers, in this thread."""
    import torch

    # How many there are by default is not told any more once others were set.
    default = _default_threads(torch)
    torch.set_num_threads(preference("computing", "threads") or default)
    share = preference("computing", "gpu_memory")
    # All of it is what there is by default; a card is not woken up to be told so.
    if torch.cuda.is_initialized() or (share < 1 and torch.cuda.is_available()):
        torch.cuda.set_per_process_memory_fraction(share)


@cache
def _default_threads(torch: Any) -> int:
    return int(torch.get_num_threads())


def free_memory() -> None:
    """Give the memory of the GPU back that nothing needs any more."""
    import torch

    # Other programs, and the canvas of napari, need the memory of the GPU too.
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
