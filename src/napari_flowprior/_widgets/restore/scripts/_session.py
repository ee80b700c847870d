"""All restorations of a viewer, as Python that makes them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from napari_flowprior._widgets.restore._again import find_layer, is_layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from napari_flowprior._widgets.restore._runs import Made

__all__ = ["as_session"]

_BEGIN = """\
{}

_, widget = viewer.window.add_plugin_dock_widget("napari-flowprior", "Restore")
"""


def as_session(runs: Sequence[Made], layers: Any) -> str:
    """Write runs down as Python.

    Parameters
    ----------
    runs : sequence of Made
        The runs, the first one first.
    layers : LayerList
        Layers of the viewer that they were made in.

    Returns
    -------
    str
        Lines that make them again in the console of napari, where ``viewer`` is a
        viewer with the same layers. What was made of a result is made of the new one.
    """
    made = {run.number: f"layer_{place}" for place, run in enumerate(runs, start=1)}
    parts = [_BEGIN.format("\n".join(_needs(runs, made, layers)))]
    for run in runs:
        variable, settings = made[run.number], run.settings
        lines = [
            f"    {name}={_code(value, made, layers)},\n"
            for name, value in settings.items()
            if value != {}
        ]
        parts.append(
            f"# {settings['layer']['layer']!r} to {run.name!r}\n"
            f"widget.set(\n{''.join(lines)})\n"
            f"{variable} = widget.run().wait()\n"
        )
    return "\n".join(parts)


def _needs(runs: Sequence[Made], made: Mapping[str, str], layers: Any) -> Iterator[str]:
    """Name the layers that must be there before, and where they are from."""
    yield "# Open these layers first:"
    paths = {run.settings["layer"]["id"]: run.path for run in runs}
    told = {}
    for noted in (layer for run in runs for layer in _layers(run.settings)):
        if noted["id"] not in made:
            told[noted["id"]] = noted
    for number, noted in told.items():
        layer = find_layer(layers, noted)
        name = noted["layer"] if layer is None else layer.name
        words = [f"#   {name!r}"]
        words += [f"from {paths[number]}"] if paths.get(number) else []
        words += ["(no longer in the viewer)"] if layer is None else []
        yield " ".join(words)


def _layers(value: Any) -> Iterator[Mapping[str, str]]:
    if is_layer(value):
        yield value
    elif isinstance(value, Mapping | list):
        parts = value.values() if isinstance(value, Mapping) else value
        for part in parts:
            yield from _layers(part)


def _code(value: Any, made: Mapping[str, str], layers: Any) -> str:
    """Write a setting, with layers by the names that they have by now."""
    if is_layer(value):
        if value["id"] in made:
            return made[value["id"]]
        layer = find_layer(layers, value)
        name = value["layer"] if layer is None else layer.name
        return f"viewer.layers[{name!r}]"
    if isinstance(value, Mapping):
        parts = (f"{n!r}: {_code(part, made, layers)}" for n, part in value.items())
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_code(part, made, layers) for part in value)}]"
    return repr(value)
