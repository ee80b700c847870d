"""Files of a training, as the widget asks for them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["changed_at", "outputs_of"]


def outputs_of(out: Path) -> Any:
    """Return where a training of a name writes; torch is loaded by then."""
    from napari_flowprior.training import TrainOutputs

    return TrainOutputs(out)


def changed_at(path: Path) -> float | None:
    """Tell when a file was changed; None if there is none."""
    with suppress(OSError):
        return path.stat().st_mtime
    return None
