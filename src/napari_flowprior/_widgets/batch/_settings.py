"""The form of Restore, as it is for files: without a layer, and without layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.layers import array_fields
from napari_flowprior._widgets.restore._job import Part, RestoreJob
from napari_flowprior.restoration import (
    DEGRADATIONS,
    ESTIMATORS,
    Compose,
    Degradation,
    Estimator,
    RestoreOptions,
    Sampling,
)

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore._form import RestoreForm

__all__ = ["hide_layers", "job_of", "settings_of"]


def hide_layers(form: RestoreForm) -> None:
    """Hide what only makes sense for a layer.

    Parameters
    ----------
    form : RestoreForm
        The form.
    """
    form.task.question.hide()
    form.degradations.hide_estimates()
    form.source.hide()
    form.rows.show_row(form.fields["keep_source"], False)
    form.late.show_row("store", False)
    form.adapt.hide()


def settings_of(form: RestoreForm, axes: str | None) -> RestoreOptions:
    """Describe how each file is restored.

    Parameters
    ----------
    form : RestoreForm
        The settings.
    axes : str or None
        Axes of all files; None for those that each of them names.

    Returns
    -------
    RestoreOptions
        The description.

    Raises
    ------
    InputError
        If something is missing or wrong, or is a layer.
    """
    parts = [_made(part) for part in _parts(form)]
    return RestoreOptions(
        degradation=parts[0] if len(parts) == 1 else Compose(*parts),
        estimator=_estimator(form),
        **{**form.choices, "axes": axes},
    )


def job_of(form: RestoreForm, image: Any, axes: str, path: str) -> RestoreJob:
    """Take down how one file is restored, as if it were a layer.

    Parameters
    ----------
    form : RestoreForm
        The settings.
    image : array
        What was read of the file.
    axes : str
        Its axes, one letter each.
    path : str
        The file.

    Returns
    -------
    RestoreJob
        Independent of what becomes of the fields.

    Raises
    ------
    InputError
        If something is missing or wrong, or is a layer.
    """
    return RestoreJob(
        image=image,
        path=path,
        degradation=tuple(_parts(form)),
        estimator=form.estimators.choice.value,
        estimator_options=form.estimator_options,
        options={"axes": axes, **form.choices},
    )


def _parts(form: RestoreForm) -> list[Part]:
    parts = [_part(name, rows.value) for name, rows in form.degradations.chosen()]
    if not parts:
        raise InputError("Choose what happened to the images first.")
    return parts


def _made(part: Part) -> Degradation:
    kind: Any = DEGRADATIONS[part.name]
    made: Degradation = kind(**part.options)
    return made


def _part(name: str, values: dict[str, Any]) -> Part:
    kind: Any = DEGRADATIONS[name]
    arrays = array_fields(kind)
    layers = [values[each].name for each in arrays if values[each] is not None]
    if layers:
        raise InputError(
            f"{kind.label}: the layer {layers[0]!r} belongs to no file; choose none, "
            "or restore the files on the command line, which reads masks and PSFs."
        )
    plain = {n: v for n, v in values.items() if n not in arrays}
    return Part(name=name, options=plain, arrays={})


def _estimator(form: RestoreForm) -> Estimator | str:
    if form.estimators.samples:
        return Sampling(**form.estimator_options)
    name: str = form.estimators.choice.value
    if name == "auto":
        return name
    made: Estimator = ESTIMATORS[name](**form.estimator_options)
    return made
