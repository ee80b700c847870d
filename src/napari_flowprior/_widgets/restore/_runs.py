"""The restorations of a viewer, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import unwrap
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import napari

__all__ = ["Made", "note_run", "runs_of"]

_runs: WeakKeyDictionary[Any, list[Made]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Made:
    """A restoration that gave a layer.

    Parameters
    ----------
    settings : mapping
        What the form was set to, of what JSON can hold.
    name, number : str
        Name of the new layer then, and its ``unique_id``.
    path : str or None
        The file of the layer that was restored.
    """

    settings: Mapping[str, Any]
    name: str
    number: str
    path: str | None


def note_run(viewer: napari.viewer.Viewer, layer: Any) -> None:
    """Take down how a layer was made, when it is new.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer, or what napari hands to plugins in its place.
    layer : Image
        The layer.
    """
    story = layer.metadata["flowprior"]
    made = Made(
        settings=story["settings"],
        name=layer.name,
        number=str(layer.unique_id),
        path=story["source"]["path"],
    )
    _runs.setdefault(unwrap(viewer), []).append(made)


def runs_of(viewer: napari.viewer.Viewer) -> tuple[Made, ...]:
    """Return what was restored in a viewer, the first one first.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer, or what napari hands to plugins in its place.

    Returns
    -------
    tuple of Made
        Only what gave a layer; none of another session.
    """
    return tuple(_runs.get(unwrap(viewer), ()))
