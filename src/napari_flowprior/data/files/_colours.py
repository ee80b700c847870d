"""TIFF files' values, and the grey levels and colours that viewers show for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
from PIL import Image

from napari_flowprior._errors import InputError
from napari_flowprior.data.files._alpha import grey_and_alpha, premultiplied, straight
from napari_flowprior.data.files._inks import cmyk_to_rgb
from napari_flowprior.data.files._shown import Interpretation, Pixels, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["interpretation", "stored"]

_PHOTOMETRIC = tifffile.PHOTOMETRIC
_EXTRA = tifffile.EXTRASAMPLE
_ALPHA = (_EXTRA.ASSOCALPHA, _EXTRA.UNASSALPHA)
# Their decoders return RGB whatever is stored.
_TO_RGB = (6, 7, 33007, 34892, 34933, 34934, 50001, 50002)
_SIGNED = {"cf": 0, "c0": -32768, "c1": 1}


def interpretation(
    page: Any, imagej: Mapping[str, Any] | None
) -> Interpretation | None:
    """Find what the values of a page stand for.

    Parameters
    ----------
    page : TiffPage
        The page.
    imagej : mapping, optional
        What ImageJ says of the file, if it is ImageJ's. Its palettes colour
        intensities on the screen, and are no pictures of few colours.

    Returns
    -------
    Interpretation or None
        None where values are shown as they are.

    Raises
    ------
    InputError
        For colours that are not shown rightly.
    """
    kind = page.photometric
    if kind == _PHOTOMETRIC.MINISWHITE:
        return _inverted(page)
    if kind == _PHOTOMETRIC.PALETTE:
        return _kept_palette(page) if imagej is not None else _palette(page)
    if kind == _PHOTOMETRIC.SEPARATED:
        return _inks(page)
    if kind == _PHOTOMETRIC.YCBCR and page.compression not in _TO_RGB:
        return _luma_and_chroma(page)
    plain = (_PHOTOMETRIC.MINISBLACK, _PHOTOMETRIC.RGB, _PHOTOMETRIC.YCBCR)
    if kind not in (*plain, _PHOTOMETRIC.MASK):
        name = getattr(kind, "name", kind)
        raise InputError(f"its colours are stored as {name}; convert it to RGB first.")
    if imagej is not None and _is_signed(page, imagej):
        return _signed()
    return _transparent(page) or _few_bits(page)


def stored(
    array: Pixels, axes: str, info: Mapping[str, Any]
) -> tuple[Pixels, dict[str, Any]]:
    """Turn shown values back into what was stored, where that can hold them.

    Parameters
    ----------
    array : ndarray
        Shown values; if they have samples, and transparency, samples come last.
    axes : str
        One letter for each axis.
    info : mapping
        That of the interpretation; may be empty.

    Returns
    -------
    values : ndarray
        Values to store.
    options : dict
        Of `tifffile.imwrite`.
    """
    if "S" in axes:
        return _stored_colours(array, axes, info)
    if info.get("signed") and array.dtype == np.int16:
        return (array.astype(np.int32) + 32768).astype(np.uint16), _grey(info, array)
    if info.get("inverted") and array.dtype.kind in "bu":
        options = {**_grey(info, array), "photometric": "miniswhite"}
        top = 2 ** options.get("bitspersample", _bits(array.dtype)) - 1
        return _flipped(array, top), options
    if info.get("colormap") is not None and array.dtype == np.uint8:
        return array, {"photometric": "palette", "colormap": info["colormap"]}
    return array, _grey(info, array)


def _grey(info: Mapping[str, Any], array: Pixels) -> dict[str, Any]:
    """Keep packed bits where they can hold the values."""
    options: dict[str, Any] = {"photometric": "minisblack"}
    bits: int = info.get("bits", 0)
    if info.get("packed") == array.dtype.name and int(array.max()) < 2**bits:
        options["bitspersample"] = bits
    return options


def _stored_colours(
    array: Pixels, axes: str, info: Mapping[str, Any]
) -> tuple[Pixels, dict[str, Any]]:
    options: dict[str, Any] = {
        "photometric": "rgb",
        "planarconfig": "contig" if axes.endswith("S") else "separate",
    }
    if array.shape[axes.index("S")] == 3:
        return array, options
    options["extrasamples"] = [info.get("extrasample", "unassalpha")]
    if not axes.endswith("S"):
        return array, {**options, "extrasamples": ["unassalpha"]}
    if options["extrasamples"] == ["assocalpha"]:
        array = premultiplied(array)
    if info.get("grey_alpha"):
        options["photometric"] = "minisblack"
        array = grey_and_alpha(array)
    return array, options


def _bits(dtype: np.dtype[Any]) -> int:
    return 1 if dtype.kind == "b" else 8 * dtype.itemsize


def _flipped(values: Pixels, top: int) -> Pixels:
    if values.dtype.kind == "b":
        return ~values
    return np.asarray(values.dtype.type(top) - values)


def _packing(page: Any) -> dict[str, Any]:
    bits: int = page.bitspersample
    if page.dtype.kind != "u" or bits >= 8 * page.dtype.itemsize:
        return {}
    return {"bits": bits, "packed": page.dtype.name}


def _inverted(page: Any) -> Interpretation:
    if page.dtype.kind not in "bu" or page.samplesperpixel != 1:
        raise InputError(
            f"white is its lowest value (MINISWHITE), and its values are"
            f" {page.dtype.name} with {page.samplesperpixel} samples; save it with"
            " black as the lowest value."
        )
    top = 2**page.bitspersample - 1
    info = {"inverted": True, **_packing(page)}
    return Interpretation(lambda v: _flipped(v, top), _native(page), info=info)


def _native(page: Any) -> np.dtype[Any]:
    dtype: np.dtype[Any] = page.dtype.newbyteorder("=")
    return dtype


def _few_bits(page: Any) -> Interpretation | None:
    info = _packing(page)
    return Interpretation(same, page.dtype, info=info) if info else None


def _kept_palette(page: Any) -> Interpretation:
    info = {"colormap": page.colormap}
    return Interpretation(same, page.dtype, info=info)


def _palette(page: Any) -> Interpretation:
    if page.colormap is None or page.dtype.kind != "u":
        raise InputError("its palette is missing; convert it to RGB first.")
    table = _in_8_bits(np.ascontiguousarray(page.colormap.T))
    if (table == table[:, :1]).all():
        return Interpretation(lambda v: table[v, 0], table.dtype)
    return Interpretation(lambda v: table[v], table.dtype, 3)


def _in_8_bits(table: Pixels) -> Pixels:
    """Shorten 16-bit colours, as viewers do, unless some would become equal."""
    short = (table >> 8).astype(np.uint8)
    distinct = [len(np.unique(each, axis=0)) for each in (short, table)]
    return short if distinct[0] == distinct[1] else table


def _inks(page: Any) -> Interpretation:
    other = page.tags.valueof("InkSet", 1) != 1
    if other or page.dtype != np.uint8 or page.samplesperpixel != 4:
        raise InputError(
            f"its colours are {page.samplesperpixel} inks of type {page.dtype.name};"
            " convert it to RGB first."
        )
    _refuse_planar(page, "inks")
    profile = page.iccprofile

    def show(values: Pixels) -> Pixels:
        return _by_pillow(values, "CMYK", lambda image: cmyk_to_rgb(image, profile))

    return Interpretation(show, np.dtype(np.uint8), 3, {"icc_profile": None})


def _luma_and_chroma(page: Any) -> Interpretation:
    sampling = page.tags.valueof("YCbCrSubSampling", (2, 2))
    if tuple(sampling) != (1, 1) or page.dtype != np.uint8 or page.samplesperpixel != 3:
        raise InputError(
            f"its colours are YCbCr of type {page.dtype.name}, sampled by"
            f" {tuple(sampling)}; convert it to RGB first."
        )
    _refuse_planar(page, "YCbCr")

    def show(values: Pixels) -> Pixels:
        return _by_pillow(values, "YCbCr", lambda image: image.convert("RGB"))

    return Interpretation(show, np.dtype(np.uint8), 3)


def _by_pillow(
    values: Pixels, mode: str, turn: Callable[[Image.Image], Image.Image]
) -> Pixels:
    flat = np.ascontiguousarray(values).reshape(1, -1, values.shape[-1])
    if not flat.size:
        return np.empty((*values.shape[:-1], 3), np.uint8)
    size = flat.shape[1], 1
    image = Image.frombytes(mode, size, flat.tobytes())
    return np.asarray(turn(image)).reshape(*values.shape[:-1], 3)


def _refuse_planar(page: Any, what: str) -> None:
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE:
        raise InputError(
            f"its {what} are stored in separate planes; save it with the samples of a"
            " pixel side by side."
        )


def _is_signed(page: Any, imagej: Mapping[str, Any]) -> bool:
    said = {name: imagej.get(name) for name in _SIGNED}
    return bool(page.dtype == np.uint16 and said == _SIGNED)


def _signed() -> Interpretation:
    def show(values: Pixels) -> Pixels:
        return (values.astype(np.int32) - 32768).astype(np.int16)

    return Interpretation(show, np.dtype(np.int16), info={"signed": True})


def _transparent(page: Any) -> Interpretation | None:
    extra = tuple(page.extrasamples)[:1]
    grey = page.photometric == _PHOTOMETRIC.MINISBLACK and page.samplesperpixel == 2
    if page.samplesperpixel == 4 and page.photometric == _PHOTOMETRIC.RGB and extra:
        if extra[0] != _EXTRA.ASSOCALPHA:
            named = _EXTRA(extra[0]).name.lower()
            return Interpretation(same, page.dtype, info={"extrasample": named})
    elif not grey or not extra or extra[0] not in _ALPHA:
        return None
    _refuse_planar(page, "samples with transparency")
    name = _EXTRA(extra[0]).name.lower()
    multiplied = name == "assocalpha"

    def show(values: Pixels) -> Pixels:
        values = values[..., [0, 0, 0, 1]] if grey else values
        return straight(values) if multiplied else values

    info = {"extrasample": name, "grey_alpha": grey}
    return Interpretation(show, _native(page), 4, info)
