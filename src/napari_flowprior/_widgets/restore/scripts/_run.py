"""What the form would run, as it is to be written down for elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError
from napari_flowprior._options import options
from napari_flowprior._widgets.layers import array_fields, at_level, lies_in_place
from napari_flowprior.restoration import DEGRADATIONS, ESTIMATORS, Sampling

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore._form import RestoreForm

__all__ = ["Part", "Run", "describe"]

_OPTIONS = (
    *("device", "tile", "overlap", "batch_size"),
    *("intensity_range", "black", "white", "dtype"),
)


@dataclass(frozen=True)
class Part:
    """A degradation or an estimator with what is not as it is by default.

    Parameters
    ----------
    kind : type
        Its class.
    options : dict
        Fields that are numbers, words, or yes and no.
    layers : dict
        Fields that are layers.
    """

    kind: Any
    options: dict[str, Any]
    layers: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """All that would run.

    Parameters
    ----------
    layer : Image
        What is restored.
    level : int
        Which of its levels of resolution, 0 for the finest.
    axes : str
        Its axes.
    prior : str
        Name or path of the prior, or "auto".
    parts : tuple of Part
        What happened to the image, the first one first.
    estimator : Part or None
        None for "auto".
    output : str
        "estimate", "uncertainty", "interval" or "log-likelihood".
    coverage : float
        Of intervals.
    options : dict
        Further arguments of `restore` that are not as they are by default.
    """

    layer: Any
    level: int
    axes: str
    prior: str
    parts: tuple[Part, ...]
    estimator: Part | None
    output: str
    coverage: float
    options: dict[str, Any]


def describe(form: RestoreForm) -> Run:
    """Take down what a form would run.

    Parameters
    ----------
    form : RestoreForm
        The form.

    Returns
    -------
    Run
        The settings.

    Raises
    ------
    InputError
        If they cannot be run, or a layer is used in a way that only napari knows.
    """
    form.job()
    layer, chosen = form.fields["layer"].value, form.degradations.chosen()
    parts = [_part(DEGRADATIONS[name], rows.value) for name, rows in chosen]
    for part in parts:
        for other in part.layers.values():
            _check_place(other, at_level(layer, form.source.level))
    values = {name: form.fields[name].value for name in _OPTIONS}
    return Run(
        layer=layer,
        level=form.source.level,
        axes=form.fields["axes"].checked(),
        prior=form.fields["prior"].value,
        parts=tuple(parts),
        estimator=_estimator(form),
        output=form.fields["output"].value,
        coverage=form.coverage.value,
        options={n: v for n, v in values.items() if v not in (None, "auto")},
    )


def _estimator(form: RestoreForm) -> Part | None:
    if form.estimators.samples:
        return _part(Sampling, form.estimators.sampling.value)
    name = form.fields["estimator"].value
    return None if name == "auto" else _part(ESTIMATORS[name], form.estimator_options)


def _part(kind: Any, values: dict[str, Any]) -> Part:
    arrays = array_fields(kind)
    defaults = {option.name: option.default for option in options(kind)}
    return Part(
        kind=kind,
        options={
            name: value
            for name, value in values.items()
            if name not in arrays and value != defaults[name]
        },
        layers={n: values[n] for n in arrays if values.get(n) is not None},
    )


def _check_place(layer: Any, image: Any) -> None:
    if not lies_in_place(layer, image):
        raise InputError(
            f"The layer {layer.name!r} lies elsewhere than the image, which napari "
            "alone knows; make one of the image's pixels to copy what would run."
        )
