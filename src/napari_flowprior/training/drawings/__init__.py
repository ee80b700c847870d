"""Drawn patches: text, gratings, blocks, lines, dots, dithers and regions."""

from napari_flowprior.training.drawings._kinds import KINDS, draw_patch

__all__ = ["KINDS", "draw_patch"]
