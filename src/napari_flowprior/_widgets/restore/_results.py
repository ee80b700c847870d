"""What becomes of a restored image: a layer in the place of the one it came from."""

from __future__ import annotations

from datetime import UTC, datetime
from inspect import unwrap
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np
from napari.layers import Image
from napari.utils.transforms import Affine

from napari_flowprior._widgets.jobs import in_fields
from napari_flowprior._widgets.layers import layer_settings

if TYPE_CHECKING:
    import napari
    from numpy.typing import NDArray

    from napari_flowprior._widgets.restore._job import RestoreJob
    from napari_flowprior.restoration import (
        LogLikelihoodResult,
        PosteriorResult,
        RestoreResult,
    )

    Outcome = RestoreResult | PosteriorResult

__all__ = ["NewLayer", "add_layers", "summary"]

_PLACE = "scale", "translate", "rotate", "shear", "affine", "units", "axis_labels"


class NewLayer:
    """What a result gets from its layer, which may be gone by then.

    Parameters
    ----------
    layer : Image
        The layer to restore.
    job : RestoreJob
        How it is restored.
    """

    def __init__(self, layer: Any, job: RestoreJob) -> None:
        path = layer.source.path
        self.name = layer.name
        self.keeps_source = job.keeps_source
        self._started = datetime.now(UTC)
        self.said = {"layer": layer.name, "path": None if path is None else str(path)}
        self.settings = {
            **layer_settings(layer),
            **_place(layer, job),
            "name": f"{layer.name} restored",
        }
        # What the sliders reach from end to end.
        self._range = None if layer.rgb else layer.contrast_limits_range
        # napari hands plugins a proxy, which nothing keeps alive.
        self._source = ref(unwrap(layer))

    def image(self, data: Any, metadata: dict[str, Any]) -> Image:
        """Make the layer of the restored image.

        Parameters
        ----------
        data : ndarray
            The restored image.
        metadata : dict
            Its metadata.

        Returns
        -------
        Image
            A layer that is in no viewer yet.
        """
        image = Image(data, metadata=metadata, **self.settings)
        if self._range is not None:
            image.contrast_limits_range = self._range
        return image

    def provenance(self, provenance: dict[str, Any]) -> dict[str, Any]:
        """Add where the image is from, when it was restored, and by which seed.

        Parameters
        ----------
        provenance : dict
            That of the result.

        Returns
        -------
        dict
            With ``source``, ``started`` and ``seed``, which is None if nothing is
            random.
        """
        return {
            **provenance,
            "source": self.said,
            "started": self._started.isoformat(timespec="seconds"),
            "seed": provenance["estimator"].get("seed"),
        }

    def above(self, layers: Any) -> int:
        """Find the place directly above the layer.

        Parameters
        ----------
        layers : LayerList
            Layers of the viewer.

        Returns
        -------
        int
            An index; that of the top if the layer is gone.
        """
        source = self._source()
        return layers.index(source) + 1 if source in layers else len(layers)

    def hide_replaced(self, layers: Any) -> None:
        """Hide the layer and earlier results of it, which the new one would cover.

        Parameters
        ----------
        layers : LayerList
            Layers of the viewer.
        """
        source = self._source()
        for layer in layers:
            if unwrap(layer) is source:
                layer.visible = False
        for layer in self.earlier(layers):
            layer.visible = False

    def earlier(self, layers: Any) -> list[Any]:
        """Find earlier results of the layer.

        Parameters
        ----------
        layers : LayerList
            Layers of the viewer.

        Returns
        -------
        list of Layer
            Images and maps.
        """
        return [
            layer
            for layer in layers
            if layer.metadata.get("flowprior", {}).get("source") == self.said
        ]


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
    place = {name: new.settings[name] for name in _PLACE}
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
    return result.image, {}


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


def _place(layer: Any, job: RestoreJob) -> dict[str, Any]:
    """Find where a result with more pixels lies."""
    from napari_flowprior.restoration import DEGRADATIONS

    share: tuple[float, ...] = (1.0,)
    shift: tuple[float, ...] = (0.0,)
    # A pixel of the image is one of the last of several; the first ones made it.
    for part in reversed(job.degradation):
        if (kind := DEGRADATIONS[part.name]).enlarges:
            share, shift = kind(**part.options).geometry(share, shift)
    if share == (1.0,):
        return {}
    # Colours of an RGB layer are no axis of it.
    axes = job.options["axes"]
    axes = axes if len(axes) == layer.ndim else axes.replace("S", "")
    finer = np.array([axis in "YX" for axis in axes])
    to_world = Affine(
        scale=layer.scale,
        translate=layer.translate,
        rotate=layer.rotate,
        shear=layer.shear,
    )
    return {
        "scale": np.where(finer, share[0] * layer.scale, layer.scale),
        "translate": to_world(np.where(finer, shift[0], 0.0)),
    }
