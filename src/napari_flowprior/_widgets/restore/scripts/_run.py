"""What the form would run, as it is to be written down for elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from napari_flowprior._options import options
from napari_flowprior._widgets.layers import (
    array_fields,
    at_level,
    image_data,
    lies_in_place,
)
from napari_flowprior.restoration import DEGRADATIONS, ESTIMATORS, Sampling

if TYPE_CHECKING:
    from pathlib import Path

    from napari_flowprior._widgets.layers import LayerFiles
    from napari_flowprior._widgets.restore._form import RestoreForm

__all__ = ["Part", "Run", "describe", "file_of"]

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
    arrays : mapping
        What makes their arrays.
    elsewhere : frozenset of str
        Names of those that lie elsewhere than the image, as napari alone knows.
    """

    kind: Any
    options: dict[str, Any]
    layers: dict[str, Any]
    arrays: Mapping[str, Callable[[], Any]]
    elsewhere: frozenset[str] = frozenset()


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
        If they cannot be run.
    """
    job, layer = form.job(), form.fields["layer"].value
    image = at_level(layer, form.source.level)
    parts = [
        _placed(_part(DEGRADATIONS[name], rows.value, part.arrays), image)
        for (name, rows), part in zip(
            form.degradations.chosen(), job.degradation, strict=True
        )
    ]
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


def _part(
    kind: Any,
    values: dict[str, Any],
    made: Mapping[str, Callable[[], Any]] | None = None,
) -> Part:
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
        arrays={} if made is None else made,
    )


def _placed(part: Part, image: Any) -> Part:
    """Note which layers have no pixels of their own where the image has them."""
    kinds = array_fields(part.kind)
    elsewhere = (
        name
        for name, layer in part.layers.items()
        # A point spread function has no place.
        if kinds[name] != "psf" and not lies_in_place(layer, image)
    )
    return replace(part, elsewhere=frozenset(elsewhere))


def file_of(name: str, part: Part, run: Run, files: LayerFiles) -> Path:
    """Return a file of the array that is made of a layer.

    Parameters
    ----------
    name : str
        The field of the layer.
    part : Part
        The degradation.
    run : Run
        What would run.
    files : LayerFiles
        Finds files.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If there is none, and none can be written.
    """
    layer, kind = part.layers[name], array_fields(part.kind)[name]
    if kind == "psf":
        return files.of_pixels(layer, image_data(layer), "TZYX"[-layer.ndim :])
    array = part.arrays[name]()
    letters = _letters(run.axes, array.ndim)
    find = files.of_mask if kind == "mask" else files.of_pixels
    return find(layer, array, letters)


def _letters(axes: str, count: int) -> str:
    """Name the axes of what has all of an image's, none of its colours, or a plane."""
    if count == len(axes):
        return axes
    if count == 2:
        return "".join(axis for axis in axes if axis in "YX")
    return axes.replace("S", "")[-count:]
