"""Transparency: colours that were multiplied by it, and grey levels with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from napari_flowprior.data.files._shown import Pixels

__all__ = ["grey_and_alpha", "premultiplied", "straight"]


def grey_and_alpha(array: Pixels) -> Pixels:
    """Return grey and alpha of RGBA whose colours were grey, (..., 2)."""
    grey = array[..., :3].mean(axis=-1, dtype=np.float64)
    grey = np.rint(grey) if array.dtype.kind in "iu" else grey
    return np.stack([grey.astype(array.dtype), array[..., 3]], axis=-1)


def straight(values: Pixels) -> Pixels:
    """Divide the colours of RGBA by alpha, of which 0 leaves no colour."""
    alpha = values[..., 3:].astype(np.float64)
    top = _opaque(values.dtype)
    share = np.divide(top, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    return _with_colours(values, values[..., :3] * share)


def premultiplied(values: Pixels) -> Pixels:
    """Undo `straight`."""
    return _with_colours(
        values, values[..., :3] * (values[..., 3:] / _opaque(values.dtype))
    )


def _with_colours(values: Pixels, colours: Pixels) -> Pixels:
    if values.dtype.kind in "iu":
        colours = np.rint(colours).clip(0, _opaque(values.dtype))
    result = values.copy()
    result[..., :3] = colours
    return result


def _opaque(dtype: np.dtype[Any]) -> float:
    return float(np.iinfo(dtype).max) if dtype.kind in "iu" else 1.0
