"""Checkpoints: all state of a training in one safetensors file, never a pickle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from safetensors import safe_open
from safetensors.torch import save

from napari_flowprior._errors import PriorFileError
from napari_flowprior.data import atomic_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

__all__ = ["load_checkpoint", "save_checkpoint", "under"]


def save_checkpoint(
    path: Path, tensors: dict[str, Tensor], state: dict[str, Any]
) -> None:
    """Write a checkpoint atomically.

    Parameters
    ----------
    path : Path
        File to write; replaced if it exists.
    tensors : dict
        Tensors by name.
    state : dict
        Plain data, such as counters.

    Raises
    ------
    InputError
        If it cannot be written; what was there is left as it was.
    """
    contiguous = {name: t.detach().contiguous().cpu() for name, t in tensors.items()}
    content = save(contiguous, {"training": json.dumps(state)})
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_bytes(content)


def load_checkpoint(
    path: Path, shapes: Mapping[str, tuple[int, ...]]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint, after a look at the sizes of what it holds.

    Parameters
    ----------
    path : Path
        File to read.
    shapes : mapping
        Shape of every tensor that it may hold, by name. Those of the flow and of its
        average must be there.

    Returns
    -------
    tuple of dict
        Tensors by name, and the plain data.

    Raises
    ------
    PriorFileError
        If the file is not a checkpoint, or one of another flow.
    """
    try:
        with safe_open(path, framework="pt") as file:
            state: dict[str, Any] = json.loads(file.metadata()["training"])
            names = list(file.keys())
            found = {name: tuple(file.get_slice(name).get_shape()) for name in names}
            _check_shapes(path, found, shapes)
            # Copied: what safetensors hands out is a view of the file, which the
            # next checkpoint replaces.
            return {name: file.get_tensor(name).clone() for name in names}, state
    except PriorFileError:
        raise
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise PriorFileError(f"{path} is not a checkpoint of a training.") from error
    except Exception as error:  # safetensors raises its own class for bad files
        raise PriorFileError(f"{path} is damaged: {error}") from error


def under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors of a part.

    Parameters
    ----------
    tensors : mapping
        Tensors by name.
    prefix : str
        What the names of the part begin with.

    Returns
    -------
    dict
        Its tensors, by the rest of their names.
    """
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _check_shapes(
    path: Path,
    found: Mapping[str, tuple[int, ...]],
    shapes: Mapping[str, tuple[int, ...]],
) -> None:
    needed = {name for name in shapes if name.startswith(("flow.", "average."))}
    fitting = all(shapes.get(name) == shape for name, shape in found.items())
    if not (fitting and needed <= set(found)):
        raise PriorFileError(f"{path} is of another flow than this one.")
