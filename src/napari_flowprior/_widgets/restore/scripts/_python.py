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
from napari_flowprior._widgets.restore.scripts._run import file_of
from napari_flowprior.restoration import Sampling

if TYPE_CHECKING:
    from napari_flowprior._widgets.layers import LayerFiles
    from napari_flowprior._widgets.restore.scripts._run import Part, Run

__all__ = ["as_python"]

# What is made of the pixels of a layer, by the kind of array.
_ARRAYS = {"image": "{}", "mask": "{} != 0", "psf": "{}"}
_LINES = ",\n    "
_PATH, _READ = "Path", "read_image"
_FRONT_DOORS = {
    "estimate": "restore",
    "uncertainty": "posterior",
    "interval": "posterior",
    "log-likelihood": "iter_restore_with_log_likelihood",
}


def as_python(run: Run, files: LayerFiles) -> str:
    """Write a run down as Python.

    Parameters
    ----------
    run : Run
        The settings.
    files : LayerFiles
        Finds files of layers that lie elsewhere than the image.

    Returns
    -------
    str
        Lines that give the same result in the console of napari, where ``viewer`` is
        the viewer.

    Raises
    ------
    InputError
        If such a layer cannot be written to a file.
    """
    door, names = _FRONT_DOORS[run.output], {_FRONT_DOORS[run.output]}
    arguments = [
        f"prior={run.prior!r}",
        f"degradation={_degradation(run, names, files)}",
    ]
    arguments += _estimator(run, names)
    arguments.append(f"axes={run.axes!r}")
    arguments += [f"{name}={value!r}" for name, value in run.options.items()]
    call = f"{door}(\n    image,\n    {_LINES.join(arguments)},\n)"
    if door.startswith("iter_"):
        names.add("RestoreOptions")
        told = f"RestoreOptions(\n    {_LINES.join(arguments)},\n)"
        call = f"{door}(image, {told}).result"
    lines = [
        *_imports(names),
        "",
        f"image = {_data(run.layer, run.level)}",
        f"result = {call}",
    ]
    if run.output == "interval":
        lines.append(f"lower, upper = result.interval({run.coverage!r})")
    return "\n".join(lines) + "\n"


def _imports(names: set[str]) -> list[str]:
    lines = ["from pathlib import Path", ""] if _PATH in names else []
    if _READ in names:
        lines.append(f"from napari_flowprior.data import {_READ}")
    found = ", ".join(sorted(names - {_PATH, _READ}))
    return [*lines, f"from napari_flowprior.restoration import {found}"]


def _degradation(run: Run, names: set[str], files: LayerFiles) -> str:
    made = [
        _make(part, names, run, files) + _told(part, run, names) for part in run.parts
    ]
    if len(made) == 1:
        return made[0]
    names.add("Compose")
    return f"Compose({', '.join(made)})"


def _make(part: Part, names: set[str], run: Run, files: LayerFiles) -> str:
    names.add(part.kind.__name__)
    given = [f"{name}={value!r}" for name, value in part.options.items()]
    given += _arrays(part, names, run, files)
    return f"{part.kind.__name__}({', '.join(given)})"


def _arrays(part: Part, names: set[str], run: Run, files: LayerFiles) -> list[str]:
    kinds, given = array_fields(part.kind), []
    for name, layer in part.layers.items():
        data = _data(layer)
        if name in part.elsewhere:
            names |= {_PATH, _READ}
            data = f"{_READ}(Path({str(file_of(name, part, run, files))!r})).array"
        elif isinstance(layer, Shapes):
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
    names.add(_PATH)
    return f".told_by_file(Path({str(path)!r}), image.shape[:2])"


def _estimator(run: Run, names: set[str]) -> list[str]:
    if run.estimator is None:
        return []
    if run.estimator.kind is Sampling:
        # Its options are arguments of their own.
        values = {option.name: option.default for option in options(Sampling)}
        values |= run.estimator.options
        return [f"{name}={value!r}" for name, value in values.items()]
    names.add(run.estimator.kind.__name__)
    given = [f"{name}={value!r}" for name, value in run.estimator.options.items()]
    return [f"estimator={run.estimator.kind.__name__}({', '.join(given)})"]


def _data(layer: Any, level: int = 0) -> str:
    place = f"[{level}]" if layer.multiscale else ""
    return f"viewer.layers[{layer.name!r}].data{place}"
