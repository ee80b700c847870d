"""What a result gets from the layer that it was made of: place, looks and story."""

from __future__ import annotations

from datetime import UTC, datetime
from inspect import unwrap
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np
from napari.layers import Image
from napari.utils.transforms import Affine

from napari_flowprior._widgets.layers import at_level, layer_settings
from napari_flowprior.data import coarser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_flowprior._widgets.restore._job import RestoreJob

__all__ = ["PLACE", "NewLayer"]

PLACE = "scale", "translate", "rotate", "shear", "affine", "units", "axis_labels"
"""What says where a layer lies."""

_SMALLEST = 2  # rows and columns of a level


class NewLayer:
    """What a result gets from its layer, which may be gone by then.

    Parameters
    ----------
    layer : Image
        The layer to restore.
    job : RestoreJob
        How it is restored.
    settings : mapping, optional
        What the form is set to, of what JSON can hold.

    Attributes
    ----------
    name : str
        Name of the layer.
    settings : dict
        Arguments of the new layer.
    levels : int
        How many levels of resolution the layer has, from that which is restored.
    """

    def __init__(
        self, layer: Any, job: RestoreJob, settings: Mapping[str, Any] | None = None
    ) -> None:
        path = layer.source.path
        self.name = layer.name
        self.keeps_source = job.keeps_source
        self.levels = len(layer.data) - job.level if layer.multiscale else 1
        self._axes = job.options["axes"]
        self._asked = dict(settings or {})
        self._started = datetime.now(UTC)
        self.said = {"layer": layer.name, "path": None if path is None else str(path)}
        seen = at_level(layer, job.level)
        self.settings = {
            **layer_settings(seen),
            **_place(seen, job),
            "name": f"{layer.name} restored",
        }
        # What the sliders reach from end to end.
        self._range = None if layer.rgb else layer.contrast_limits_range
        # napari hands plugins a proxy, which nothing keeps alive.
        self._source = ref(unwrap(layer))

    def image(self, data: Any, metadata: dict[str, Any], **more: Any) -> Image:
        """Make the layer of the restored image.

        Parameters
        ----------
        data : ndarray, dask array or list
            The restored image, or all levels of it; levels of an array are made if the
            source has some.
        metadata : dict
            Its metadata.
        **more : object
            Further arguments of the layer, or others than those of its source.

        Returns
        -------
        Image
            A layer that is in no viewer yet.
        """
        data = self.levels_of(data)
        several = isinstance(data, list)
        image = Image(
            data, metadata=metadata, multiscale=several, **self.settings | more
        )
        if self._range is not None:
            image.contrast_limits_range = self._range
        return image

    def levels_of(self, data: Any) -> Any:
        """Make levels, each half as fine as the one before, if there were some.

        Parameters
        ----------
        data : ndarray, dask array or list
            An image or a map, or all levels of it.

        Returns
        -------
        ndarray, dask array or list
            A list of levels, where the source has some.
        """
        if self.levels == 1 or not isinstance(data, np.ndarray):
            return data
        axes = self._axes.index("Y"), self._axes.index("X")
        levels = [data]
        while len(levels) < self.levels:
            if min(levels[-1].shape[axis] for axis in axes) < 2 * _SMALLEST:
                break
            levels.append(coarser(levels[-1], axes))
        return levels if len(levels) > 1 else data

    def provenance(self, provenance: dict[str, Any]) -> dict[str, Any]:
        """Add where the image is from, when it was restored, and by which seed.

        Parameters
        ----------
        provenance : dict
            That of the result.

        Returns
        -------
        dict
            With ``source``, ``started``, ``settings``, and ``seed``, which is None if
            nothing is random.
        """
        return {
            **provenance,
            "source": self.said,
            "started": self._started.isoformat(timespec="seconds"),
            "settings": self._asked,
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
