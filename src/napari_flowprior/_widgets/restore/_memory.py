"""Which settings of a restoration are kept, and how they come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from napari_flowprior._widgets.fields import put
from napari_flowprior._widgets.restore._steps import Steps

if TYPE_CHECKING:
    from napari_flowprior._widgets.fields import OptionRows
    from napari_flowprior._widgets.restore._form import RestoreForm

__all__ = ["collect", "lasting", "recall"]

# The layer and its axes are those of the viewer.
_FIELDS = (
    *("degradation", "output", "estimator", "device", "keep_source"),
    *("tile", "overlap", "batch_size", "intensity_range", "black", "white", "dtype"),
    "store",
)
# In the units of an image, or where its result goes, and so wrong for the images of
# another session.
_OF_THE_IMAGE = {"sigma", "gain", "offset", "read_noise", "black", "white", "store"}


def collect(form: RestoreForm) -> dict[str, Any]:
    """Return all settings of a form but those of its layer.

    Parameters
    ----------
    form : RestoreForm
        The form.

    Returns
    -------
    dict
        Of what JSON can hold.
    """
    return {
        "fields": {name: form.fields[name].value for name in _FIELDS},
        "prior": form.fields["prior"].value,
        "degradations": {n: _kept(form, r) for n, r in form.degradations.rows.items()},
        "estimators": {name: rows.kept for name, rows in form.estimators.rows.items()},
        "samples": form.estimators.sampling.kept,
        "interval": form.coverage.kept,
    }


def lasting(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that make sense for other images.

    Parameters
    ----------
    settings : mapping
        What `collect` returned.

    Returns
    -------
    dict
        The same without what is in the units of an image.
    """
    parts = ("fields", "degradations")
    return {**settings, **{name: _without_units(settings[name]) for name in parts}}


def recall(form: RestoreForm, settings: Mapping[str, Any]) -> None:
    """Set a form as another one was; what makes no sense is passed over.

    Parameters
    ----------
    form : RestoreForm
        The form.
    settings : mapping
        What `collect` returned once, or anything.
    """
    for name, rows in form.degradations.rows.items():
        rows.recall(_part(_part(settings, "degradations"), name))
    for name, rows in form.estimators.rows.items():
        rows.recall(_part(_part(settings, "estimators"), name))
    form.estimators.sampling.recall(_part(settings, "samples"))
    form.coverage.recall(_part(settings, "interval"))
    fields = _part(settings, "fields")
    for name in _FIELDS:
        if name in fields:
            put(form.fields[name], fields[name])
    prior, field = settings.get("prior"), form.fields["prior"]
    if isinstance(prior, str) and field.can_be(prior):
        put(field, prior)


def _kept(form: RestoreForm, rows: OptionRows | Steps) -> Any:
    return rows.kept if isinstance(rows, Steps) else form.measured.without(rows)


def _part(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = settings.get(name)
    return part if isinstance(part, Mapping) else {}


def _without_units(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {n: v for n, v in value.items() if n not in _OF_THE_IMAGE}
        return {name: _without_units(part) for name, part in kept.items()}
    if isinstance(value, list):
        return [_without_units(part) for part in value]
    return value
