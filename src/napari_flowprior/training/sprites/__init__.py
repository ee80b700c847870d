"""Sprites: drawn figures, a source of images without end."""

from napari_flowprior.training.sprites._source import Sprites, draw_sprite

__all__ = [
    "Sprites",
    "draw_sprite",
]
