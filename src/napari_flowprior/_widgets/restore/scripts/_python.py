"""What the form would run, as Python for the console of napari."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_flowprior._options import options
from napari_flowprior._widgets.layers import (
    array_fields,
    file_tables,
    image_data,
)
from napari_flowprior.restoration import JPEG, Sampling

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore.scripts._run import Part, Run

__all__ = ["as_python"]

# What is made of the pixels of a layer, by the kind of array.
_ARRAYS = {"image": "{}", "mask": "{} != 0", "psf": "{}"}
_FRONT_DOORS = {
    "estimate": "restore",
    "uncertainty": "posterior",
    "trust": "iter_trusted_restore",
}
_DRAINED = """
def finished(run):
    global result
    result = yield from run


for event in finished({call}):
    print(event.message)
"""


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
    call = f"{door}(\n    image,\n    " + ",\n    ".join(arguments) + ",\n)"
    lines = ["from pathlib import Path", ""] if "JPEGTables" in names else []
    lines += [
        f"from napari_flowprior.restoration import {', '.join(sorted(names))}",
        "",
        f"image = {_data(run.layer)}",
        _DRAINED.format(call=call).rstrip() if run.output == "trust" else "",
    ]
    if run.output != "trust":
        lines[-1] = f"result = {call}"
    return "\n".join(lines) + "\n"


def _degradation(run: Run, names: set[str]) -> str:
    made = [_make(part, run, names) for part in run.parts]
    if len(made) == 1:
        return made[0]
    names.add("Compose")
    return f"Compose({', '.join(made)})"


def _make(part: Part, run: Run, names: set[str]) -> str:
    names.add(part.kind.__name__)
    given = _given(part) + _tables(part, run, names)
    return f"{part.kind.__name__}({', '.join(given)})"


def _given(part: Part) -> list[str]:
    kinds = array_fields(part.kind)
    given = [f"{name}={value!r}" for name, value in part.options.items()]
    for name, layer in part.layers.items():
        data = _data(layer)
        if kinds[name] == "psf" and image_data(layer).dtype.kind in "iu":
            data = f"{data} / {data}.sum()"
        given.append(f"{name}={_ARRAYS[kinds[name]].format(data)}")
    return given


def _tables(part: Part, run: Run, names: set[str]) -> list[str]:
    """Name the JPEG file that the tables are taken from, if they are from one."""
    path = run.layer.source.path
    if part.kind is not JPEG or "quality" in part.options:
        return []
    if file_tables(path, image_data(run.layer), run.axes) is None:
        return []
    names.add("JPEGTables")
    return [f"tables=JPEGTables.from_file(Path({str(path)!r}), shape=image.shape[:2])"]


def _estimator(run: Run, names: set[str]) -> list[str]:
    if run.estimator is None:
        return []
    if run.estimator.kind is Sampling:
        # Its options are arguments of their own.
        values = {option.name: option.default for option in options(Sampling)}
        values |= run.estimator.options
        return [f"{name}={value!r}" for name, value in values.items()]
    return [f"estimator={_make(run.estimator, run, names)}"]


def _data(layer: Any) -> str:
    return f"viewer.layers[{layer.name!r}].data{'[0]' if layer.multiscale else ''}"
