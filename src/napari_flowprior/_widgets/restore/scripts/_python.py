"""What the form would run, as Python for the console of napari."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Shapes

from napari_flowprior._options import options
from napari_flowprior._widgets.layers import (
    array_fields,
    at_level,
    image_data,
    level_data,
    size_of_drawing,
    told_by_file,
)
from napari_flowprior.restoration import Sampling

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore.scripts._run import Part, Run

__all__ = ["as_python"]

# What is made of the pixels of a layer, by the kind of array.
_ARRAYS = {"image": "{}", "mask": "{} != 0", "psf": "{}"}
_LINES = ",\n    "
_FRONT_DOORS = {
    "estimate": "restore",
    "uncertainty": "posterior",
    "interval": "posterior",
    "log-likelihood": "iter_restore_with_log_likelihood",
}


def as_python(run: Run) -> str:
    """Write a run down as Python.

    Parameters
    ----------
    run : Run
        The settings.

    Returns
    -------
    str
        Lines that give the same result in the console of napari, where ``viewer`` is
        the viewer.
    """
    door, names = _FRONT_DOORS[run.output], {_FRONT_DOORS[run.output]}
    arguments = [f"prior={run.prior!r}", f"degradation={_degradation(run, names)}"]
    arguments += _estimator(run, names)
    arguments.append(f"axes={run.axes!r}")
    arguments += [f"{name}={value!r}" for name, value in run.options.items()]
    call = f"{door}(\n    image,\n    {_LINES.join(arguments)},\n)"
    if door.startswith("iter_"):
        names.add("RestoreOptions")
        told = f"RestoreOptions(\n    {_LINES.join(arguments)},\n)"
        call = f"{door}(image, {told}).result"
    lines = ["from pathlib import Path", ""] if "Path" in names else []
    names.discard("Path")
    lines += [
        f"from napari_flowprior.restoration import {', '.join(sorted(names))}",
        "",
        f"image = {_data(run.layer, run.level)}",
        f"result = {call}",
    ]
    if run.output == "interval":
        lines.append(f"lower, upper = result.interval({run.coverage!r})")
    return "\n".join(lines) + "\n"


def _degradation(run: Run, names: set[str]) -> str:
    made = [_make(part, names, run) + _told(part, run, names) for part in run.parts]
    if len(made) == 1:
        return made[0]
    names.add("Compose")
    return f"Compose({', '.join(made)})"


def _make(part: Part, names: set[str], run: Run) -> str:
    names.add(part.kind.__name__)
    return f"{part.kind.__name__}({', '.join(_given(part, run))})"


def _given(part: Part, run: Run) -> list[str]:
    kinds = array_fields(part.kind)
    given = [f"{name}={value!r}" for name, value in part.options.items()]
    for name, layer in part.layers.items():
        data = _data(layer)
        if isinstance(layer, Shapes):
            size = size_of_drawing(layer, at_level(run.layer, run.level))
            data = f"viewer.layers[{layer.name!r}].to_labels({size})"
        if kinds[name] == "psf" and image_data(layer).dtype.kind in "iu":
            data = f"{data} / {data}.sum()"
        given.append(f"{name}={_ARRAYS[kinds[name]].format(data)}")
    return given


def _told(part: Part, run: Run, names: set[str]) -> str:
    """Name the file that tells more of a degradation, if it does."""
    path = run.layer.source.path
    image = level_data(run.layer, run.level)
    if not part.kind.told_by or part.layers:
        return ""
    made = part.kind(**part.options)
    if told_by_file(made, path, image, run.axes) is made:
        return ""
    names.add("Path")
    return f".told_by_file(Path({str(path)!r}), image.shape[:2])"


def _estimator(run: Run, names: set[str]) -> list[str]:
    if run.estimator is None:
        return []
    if run.estimator.kind is Sampling:
        # Its options are arguments of their own.
        values = {option.name: option.default for option in options(Sampling)}
        values |= run.estimator.options
        return [f"{name}={value!r}" for name, value in values.items()]
    return [f"estimator={_make(run.estimator, names, run)}"]


def _data(layer: Any, level: int = 0) -> str:
    place = f"[{level}]" if layer.multiscale else ""
    return f"viewer.layers[{layer.name!r}].data{place}"
