"""What becomes of a restored image: a layer in the place of the one it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image

from napari_flowprior._widgets.jobs import in_fields
from napari_flowprior._widgets.layers import stored_data
from napari_flowprior._widgets.restore._intervals import IntervalResult
from napari_flowprior._widgets.restore._new_layer import PLACE, NewLayer
from napari_flowprior.data import OmeZarr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import napari
    from numpy.typing import NDArray

    from napari_flowprior._widgets.restore._job import Outcome
    from napari_flowprior.restoration import LogLikelihoodResult

__all__ = ["add_layers", "summary"]


def add_layers(
    viewer: napari.viewer.Viewer, new: NewLayer, result: Outcome
) -> tuple[Any, list[Any]]:
    """Add what was restored to a viewer, directly above what it was restored from.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer.
    new : NewLayer
        What the layer was like.
    result : RestoreResult, PosteriorResult or IntervalResult
        What was restored.

    Returns
    -------
    image : Image
        The layer of the image.
    more : list of Image
        The layers of its map, or of the ends of intervals, if there are some: above the
        image, which is to be seen first, so they are hidden until their eyes are
        clicked.
    """
    metadata = {"flowprior": new.provenance(result.provenance)}
    if not new.keeps_source:
        new.hide_replaced(viewer.layers)
    place = new.above(viewer.layers)
    layer, more = new.image(_image(result), metadata), []
    viewer.layers.insert(place, layer)
    for made in _more(new, result, metadata):
        more.append(made)
        viewer.layers.insert(place + len(more), made)
    viewer.layers.selection.active = layer
    return layer, more


def _image(result: Outcome) -> Any:
    """Return the data of the restored image."""
    from napari_flowprior.restoration import PosteriorResult

    if isinstance(result, PosteriorResult | IntervalResult):
        return result.mean
    image: Any = result.image
    return stored_data(image) if isinstance(image, OmeZarr) else image


def _more(new: NewLayer, result: Outcome, metadata: dict[str, Any]) -> Iterator[Image]:
    """Make the layers that go with the image."""
    if isinstance(result, IntervalResult):
        for name in ("lower", "upper"):
            said = {"name": f"{new.name} {name}", "visible": False}
            yield new.image(getattr(result, name), metadata, **said)
    elif settings := _map(result, rgb=new.settings["rgb"]):
        yield _rating(new, metadata, settings)


def _rating(
    new: NewLayer, metadata: dict[str, Any], map_settings: dict[str, Any]
) -> Image:
    map_settings["name"] = f"{new.name} {map_settings['name']}"
    map_settings["data"] = new.levels_of(map_settings["data"])
    map_settings["multiscale"] = isinstance(map_settings["data"], list)
    place = {name: new.settings[name] for name in PLACE}
    return Image(**map_settings, metadata=metadata, visible=False, **place)


def _map(result: Outcome, *, rgb: bool) -> dict[str, Any]:
    """Return what the layer of a map is made of, if there is one."""
    from napari_flowprior.restoration import LogLikelihoodResult, PosteriorResult

    if isinstance(result, PosteriorResult):
        spread = _spread(result.std) if rgb else result.std
        limits = 0.0, float(spread.max()) or 1.0
        return _map_settings("std", spread, "inferno", limits)
    if isinstance(result, LogLikelihoodResult):
        bits = result.bits if rgb else _for_each_colour(result)
        low, high = float(bits.min()), float(bits.max())
        limits = low, high if high > low else low + 1
        return _map_settings("bits per dimension", bits, "viridis", limits)
    return {}


def _map_settings(
    name: str, data: Any, colours: str, limits: tuple[float, float]
) -> dict[str, Any]:
    return {
        "data": data,
        "name": name,
        "colormap": colours,
        "contrast_limits": limits,
    }


def _for_each_colour(result: LogLikelihoodResult) -> NDArray[np.float32]:
    """Repeat a map along the axis of colours, which is one of the layer's own."""
    axes, shape = result.provenance["axes"], result.image.shape
    if result.bits.ndim < len(shape):
        colour = axes.index("S" if "S" in axes else "C")
        return np.broadcast_to(np.expand_dims(result.bits, colour), shape)
    return result.bits


def _spread(std: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the root mean square over colours, without alpha."""
    return np.sqrt((std[..., :3] ** 2).mean(axis=-1))


def summary(provenance: dict[str, Any], more: Sequence[Any] = ()) -> str:
    """Say in a line how a result came about.

    Parameters
    ----------
    provenance : dict
        That of the result.
    more : sequence of Image
        The layers that go with it.

    Returns
    -------
    str
        One sentence, or two with further layers, and warnings.
    """
    from napari_flowprior.restoration import ESTIMATORS, Sampling, summarise

    name = provenance["estimator"]["name"]
    said = summarise(provenance).removeprefix(f"{name} with ")
    kinds = {**ESTIMATORS, Sampling.name: Sampling}
    kind = getattr(kinds.get(name), "label", name)
    text = f"Restored in {provenance['seconds']:.1f} s: {kind}, prior {said}."
    text = " ".join([text, *map(in_fields, provenance.get("warnings", []))])
    return " ".join([text, *_pointed_at(provenance, more)])


def _pointed_at(provenance: dict[str, Any], more: Sequence[Any]) -> Iterator[str]:
    """Say where to find what is hidden."""
    names = [repr(layer.name) for layer in more]
    if len(names) == 1:
        yield f"Its map is the layer {names[0]}: click the eye to show it."
    elif names:
        share = f"{100 * provenance['coverage']:.3g} %"
        yield (
            f"The true intensities should lie between the layers {' and '.join(names)} "
            f"in {share} of the pixels: click their eyes to show them."
        )
