"""What becomes of a restored image: a layer in the place of the one it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image

from napari_flowprior._widgets.jobs import in_fields
from napari_flowprior._widgets.layers import stored_data
from napari_flowprior._widgets.restore._new_layer import PLACE, NewLayer
from napari_flowprior.data import OmeZarr

if TYPE_CHECKING:
    import napari
    from numpy.typing import NDArray

    from napari_flowprior.restoration import (
        LogLikelihoodResult,
        PosteriorResult,
        RestoreResult,
    )

    Outcome = RestoreResult | PosteriorResult

__all__ = ["add_layers", "summary"]


def add_layers(
    viewer: napari.viewer.Viewer, new: NewLayer, result: Outcome
) -> tuple[Any, Any]:
    """Add what was restored to a viewer, directly above what it was restored from.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer.
    new : NewLayer
        What the layer was like.
    result : RestoreResult or PosteriorResult
        What was restored.

    Returns
    -------
    image : Image
        The layer of the image.
    map : Image or None
        The layer of its map, if there is one: above the image, which is to be seen
        first, so it is hidden until its eye is clicked.
    """
    metadata = {"flowprior": new.provenance(result.provenance)}
    data, map_settings = _image_and_map(result, rgb=new.settings["rgb"])
    if not new.keeps_source:
        new.hide_replaced(viewer.layers)
    place = new.above(viewer.layers)
    layer, rating = new.image(data, metadata), None
    viewer.layers.insert(place, layer)
    if map_settings:
        rating = _rating(new, metadata, map_settings)
        viewer.layers.insert(place + 1, rating)
    viewer.layers.selection.active = layer
    return layer, rating


def _rating(
    new: NewLayer, metadata: dict[str, Any], map_settings: dict[str, Any]
) -> Image:
    map_settings["name"] = f"{new.name} {map_settings['name']}"
    place = {name: new.settings[name] for name in PLACE}
    return Image(**map_settings, metadata=metadata, visible=False, **place)


def _image_and_map(result: Outcome, *, rgb: bool) -> tuple[Any, dict[str, Any]]:
    """Return the image, and what the layer of its map is made of if there is one."""
    from napari_flowprior.restoration import LogLikelihoodResult, PosteriorResult

    if isinstance(result, PosteriorResult):
        spread = _spread(result.std) if rgb else result.std
        limits = 0.0, float(spread.max()) or 1.0
        return result.mean, _map_settings("std", spread, "inferno", limits)
    if isinstance(result, LogLikelihoodResult):
        bits = result.bits if rgb else _for_each_colour(result)
        low, high = float(bits.min()), float(bits.max())
        limits = low, high if high > low else low + 1
        return result.image, _map_settings(
            "bits per dimension", bits, "viridis", limits
        )
    image: Any = result.image
    return stored_data(image) if isinstance(image, OmeZarr) else image, {}


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


def summary(provenance: dict[str, Any], rating: Any = None) -> str:
    """Say in a line how a result came about.

    Parameters
    ----------
    provenance : dict
        That of the result.
    rating : Image, optional
        The layer of its map.

    Returns
    -------
    str
        One sentence, or two with a map, and warnings.
    """
    from napari_flowprior.restoration import ESTIMATORS, Sampling, summarise

    name = provenance["estimator"]["name"]
    said = summarise(provenance).removeprefix(f"{name} with ")
    kinds = {**ESTIMATORS, Sampling.name: Sampling}
    kind = getattr(kinds.get(name), "label", name)
    text = f"Restored in {provenance['seconds']:.1f} s: {kind}, prior {said}."
    text = " ".join([text, *map(in_fields, provenance.get("warnings", []))])
    if rating is None:
        return text
    return f"{text} Its map is the layer {rating.name!r}: click the eye to show it."
