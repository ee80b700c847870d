"""Checkpoints: all state of a training in one safetensors file, never a pickle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from safetensors import safe_open
from safetensors.torch import save_file

from napari_flowprior._errors import PriorFileError
from napari_flowprior.data import atomic_path

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

__all__ = ["load_checkpoint", "save_checkpoint"]


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
        Plain data: counters, states of random generators.
    """
    contiguous = {name: t.detach().contiguous().cpu() for name, t in tensors.items()}
    with atomic_path(path, overwrite=True) as temporary:
        save_file(contiguous, temporary, metadata={"training": json.dumps(state)})


def load_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint.

    Parameters
    ----------
    path : Path
        File to read.

    Returns
    -------
    tuple of dict
        Tensors by name, and the plain data.

    Raises
    ------
    PriorFileError
        If the file is not a checkpoint.
    """
    try:
        with safe_open(path, framework="pt") as file:
            state = json.loads(file.metadata()["training"])
            # Copied: what safetensors hands out is a view of the file, which the
            # next checkpoint replaces.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
            return tensors, state
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise PriorFileError(f"{path} is not a checkpoint of a training.") from error
    except Exception as error:  # safetensors raises its own class for bad files
        raise PriorFileError(f"{path} is damaged: {error}") from error
