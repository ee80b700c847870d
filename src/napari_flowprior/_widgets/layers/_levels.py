"""Levels of resolution of a layer: which there are, and layers that begin at one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image
from napari.utils.transforms import Affine

from napari_flowprior._widgets.fields import Choice
from napari_flowprior._widgets.layers._data import layer_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LevelChoice", "at_level", "level_data"]

_TO_WORLD = "scale", "translate", "rotate", "shear"


def level_data(layer: Any, level: int) -> Any:
    """Return the data of a level, 0 for full resolution, without copying them."""
    return layer.data[level] if layer.multiscale else layer.data


def at_level(layer: Any, level: int) -> Any:
    """Return a layer of what is no finer than a level, for no viewer.

    Parameters
    ----------
    layer : Image
        The layer.
    level : int
        The level, 0 for full resolution.

    Returns
    -------
    Image
        The layer itself at full resolution; else one that lies where it lies, as napari
        shows it: a pixel covers those that it was made of.
    """
    if level == 0:
        return layer
    factors = np.asarray(layer.downsample_factors[level])
    to_world = Affine(**{name: getattr(layer, name) for name in _TO_WORLD})
    place = {
        "scale": layer.scale * factors,
        "translate": to_world((factors - 1) / 2),
    }
    return Image(
        list(layer.data[level:]),
        multiscale=True,
        name=layer.name,
        metadata=layer.metadata,
        **layer_settings(layer) | place,
    )


class LevelChoice(Choice):
    """One of the levels of a layer; full resolution as long as none is chosen.

    Parameters
    ----------
    **kwargs : object
        As of all widgets of magicgui.
    """

    def __init__(self, **kwargs: Any) -> None:
        self._labels = ["full resolution"]
        super().__init__(**kwargs | {"choices": self._listed})

    def follow(self, layer: Any, *, anew: bool) -> None:
        """Offer the levels of a layer.

        Parameters
        ----------
        layer : Image or None
            The layer.
        anew : bool
            Whether to go back to full resolution, as for another layer, rather than to
            stay at the level that is chosen, if it is still there.
        """
        before = self.value
        self._labels = list(_labels(layer))
        with self.changed.blocked():
            self.reset_choices()
            self.set_value(0 if anew or before not in self.choices else before)
        if self.value != before:
            self.changed.emit(self.value)

    def take_nearest(self, level: int) -> None:
        """Choose a level, or the coarsest if there are fewer."""
        self.value = min(level, len(self._labels) - 1)

    def _listed(self, choice: Choice) -> list[tuple[str, int]]:
        return [(label, level) for level, label in enumerate(self._labels)]


def _labels(layer: Any) -> Iterator[str]:
    if layer is None or not layer.multiscale:
        yield "full resolution"
        return
    sides = zip(layer.level_shapes, layer.downsample_factors, strict=True)
    for level, (shape, factors) in enumerate(sides):
        size = "x".join(str(side) for side in shape)
        part = f"1/{round(max(factors))}" if level else "full"
        yield f"{part}: {size}"
