"""Photographs: PNG and JPEG files."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, ImageOps

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["read_photo", "write_jpeg", "write_png"]

_PLAIN_MODES = ("1", "L", "RGB", "RGBA", "I;16", "I")
_KEPT = ("icc_profile", "dpi", "exif")

# Pillow shortens 16-bit colours to their high bytes when told that they are
# big-endian, as they are, and to their low bytes when told the contrary.
_HIGH_LOW = {
    "RGB;16B": ("RGB", "RGB;16B", "RGB;16L"),
    "RGBA;16B": ("RGBA", "RGBA;16B", "RGBA;16L"),
}


def read_photo(path: Path) -> tuple[npt.NDArray[Any], dict[str, Any]]:
    """Read a PNG or JPEG file, turned upright as its EXIF orientation says.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    array : ndarray, shape (Y, X) or (Y, X, S)
        bool, uint8 or uint16; palettes and CMYK become RGB, grey with transparency
        becomes RGBA.
    info : dict
        Resolution, colour profile and EXIF data, to be written back.

    Raises
    ------
    InputError
        When the file is animated, or of a kind that cannot be read in full.
    """
    with Image.open(path, formats=("PNG", "JPEG", "MPO")) as image:
        if getattr(image, "is_animated", False) and image.format == "PNG":
            raise InputError("it is animated; save the frames as a TIFF stack.")
        rawmode = _rawmode(image)
    if rawmode.endswith(";16B") and rawmode != "I;16B":
        return _read_deep(path, rawmode)
    with Image.open(path) as image:
        upright = _plain(ImageOps.exif_transpose(image))
        pixels = np.array(upright)
    # Older Pillow reads 16-bit grey as 32-bit integers.
    deep = pixels.dtype == np.int32
    return pixels.astype(np.uint16) if deep else pixels, _kept(upright.info)


def write_jpeg(
    path: Path, array: npt.NDArray[np.uint8], info: Mapping[str, Any]
) -> None:
    """Write (Y, X) or (Y, X, 3) at quality 95 with colours at full resolution."""
    Image.fromarray(array).save(
        path, format="JPEG", quality=95, subsampling="4:4:4", **_kept(info)
    )


def write_png(path: Path, array: npt.NDArray[Any], info: Mapping[str, Any]) -> None:
    """Write bool, uint8 or uint16 pixels (Y, X) or (Y, X, S)."""
    if array.ndim == 3 and array.dtype == np.uint16:
        path.write_bytes(_encode_deep(array, info))
    else:
        Image.fromarray(array).save(path, format="PNG", **_kept(info))


def _rawmode(image: Image.Image) -> str:
    tiles = image.tile if isinstance(image, ImageFile.ImageFile) else []
    args = tiles[0][3] if tiles else ""
    return args if isinstance(args, str) else ""


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in _PLAIN_MODES:
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    plain = image.convert("RGB")
    if image.mode in ("CMYK", "LAB"):
        # The profile describes the colours before the conversion.
        plain.info.pop("icc_profile", None)
    return plain


def _read_deep(path: Path, rawmode: str) -> tuple[npt.NDArray[Any], dict[str, Any]]:
    if rawmode not in _HIGH_LOW:
        raise InputError(
            f"it holds 16-bit pixels of a rare kind ({rawmode}); convert it to 16-bit"
            " RGB or RGBA."
        )
    mode, *rawmodes = _HIGH_LOW[rawmode]
    high, low = (_decode_as(path, mode, name) for name in rawmodes)
    pixels = np.array(high).astype(np.uint16) << 8 | np.array(low)
    return pixels, _kept(high.info)


def _decode_as(path: Path, mode: str, rawmode: str) -> Image.Image:
    with Image.open(path) as image:
        assert isinstance(image, ImageFile.ImageFile)
        tiles: Any = [(*tile[:3], rawmode) for tile in image.tile]
        image.tile = tiles
        assert image.mode == mode
        return ImageOps.exif_transpose(image)


def _kept(info: Mapping[Any, Any]) -> dict[str, Any]:
    return {key: info[key] for key in _KEPT if info.get(key)}


def _encode_deep(array: npt.NDArray[np.uint16], info: Mapping[str, Any]) -> bytes:
    height, width, samples = array.shape
    colour_type = {3: 2, 4: 6}[samples]
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    rows = np.ascontiguousarray(array, dtype=">u2").view(np.uint8)
    rows = rows.reshape(height, -1)
    # Filter 2 of the PNG specification: the difference from the row above.
    filtered = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))
    lines = np.pad(filtered, ((0, 0), (1, 0)), constant_values=2)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            *_ancillary(info),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 6)),
            _chunk(b"IEND", b""),
        )
    )


def _ancillary(info: Mapping[str, Any]) -> list[bytes]:
    chunks = []
    if info.get("icc_profile"):
        profile = zlib.compress(info["icc_profile"])
        chunks.append(_chunk(b"iCCP", b"ICC profile\0\0" + profile))
    if info.get("dpi"):
        per_metre = [round(float(dots) / 0.0254) for dots in info["dpi"]]
        chunks.append(_chunk(b"pHYs", struct.pack(">IIB", *per_metre, 1)))
    if info.get("exif"):
        chunks.append(_chunk(b"eXIf", info["exif"].removeprefix(b"Exif\0\0")))
    return chunks


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
