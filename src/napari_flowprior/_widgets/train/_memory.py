"""Which settings of a training are kept, and how they come back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_flowprior._widgets.fields import put

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior._widgets.train._form import TrainForm

__all__ = ["collect", "lasting", "recall"]

# Layers and axes are those of the viewer, the name is to be a free one, and whether
# files may be overwritten is to be said each time.
_FIELDS = (
    *("source", "minutes", "device", "steps", "batch_size", "learning_rate"),
    *("seed", "colour"),
)
_PATHS = "folder", "place"
# In the units of the images, and so wrong for those of another session.
_OF_THE_IMAGES = "sigma"


def collect(form: TrainForm) -> dict[str, Any]:
    """Return the settings of a form that make sense for other images in a viewer.

    Parameters
    ----------
    form : TrainForm
        The form.

    Returns
    -------
    dict
        Of what JSON can hold.
    """
    names = (*_FIELDS, *_PATHS, _OF_THE_IMAGES, "start")
    return {name: form.fields[name].value for name in names}


def lasting(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that make sense in another session.

    Parameters
    ----------
    settings : mapping
        What `collect` returned.

    Returns
    -------
    dict
        The same without what is in the units of the images.
    """
    return {n: value for n, value in settings.items() if n != _OF_THE_IMAGES}


def recall(form: TrainForm, settings: Mapping[str, Any]) -> None:
    """Set a form as another one was; what makes no sense is passed over.

    Parameters
    ----------
    form : TrainForm
        The form.
    settings : mapping
        What `collect` returned once, or anything.
    """
    for name in (*_FIELDS, _OF_THE_IMAGES):
        if name in settings:
            put(form.fields[name], settings[name])
    for name in _PATHS:
        path = settings.get(name)
        if isinstance(path, str) and path and Path(path).exists():
            put(form.fields[name], path)
    start, field = settings.get("start"), form.fields["start"]
    if isinstance(start, str) and field.can_be(start):
        put(field, start)
    form.rename()
