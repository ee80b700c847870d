"""PNG files written with all that was read from one."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from napari_flowprior.data.files._alpha import grey_and_alpha
from napari_flowprior.data.files._resolution import dots_per_inch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["write_png"]

_LARGEST_DPI = (2**31 - 1) * 0.0254
_COLOUR_TYPES = {2: 4, 3: 2, 4: 6}


def write_png(path: Path, array: npt.NDArray[Any], info: Mapping[str, Any]) -> None:
    """Write bool, uint8 or uint16 pixels.

    Parameters
    ----------
    path : Path
        The file.
    array : ndarray, shape (Y, X) or (Y, X, S)
        The pixels.
    info : mapping
        Colour profile, gamma, resolution and EXIF data as `read_photo` returns them.
    """
    if info.get("grey_alpha") and array.shape[2:] == (4,):
        array = grey_and_alpha(array)
    if array.ndim == 3 and array.dtype == np.uint16:
        path.write_bytes(_encode_deep(array, info))
        return
    chunks = PngImagePlugin.PngInfo()
    for name, content in _colour_chunks(info):
        chunks.add(name, content)
    kept = {name: info[name] for name in ("icc_profile", "exif") if info.get(name)}
    kept |= dots_per_inch(info, _LARGEST_DPI)
    Image.fromarray(array).save(path, format="PNG", pnginfo=chunks, **kept)


def _encode_deep(array: npt.NDArray[np.uint16], info: Mapping[str, Any]) -> bytes:
    height, width, samples = array.shape
    colour_type = _COLOUR_TYPES[samples]
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
            *(_chunk(name, content) for name, content in _ancillary(info)),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 6)),
            _chunk(b"IEND", b""),
        )
    )


def _colour_chunks(info: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """Say how values are shown, where no profile does."""
    chunks = []
    if info.get("gamma"):
        chunks.append((b"gAMA", struct.pack(">I", round(info["gamma"] * 1e5))))
    if info.get("chromaticity"):
        places = [round(place * 1e5) for place in info["chromaticity"]]
        chunks.append((b"cHRM", struct.pack(">8I", *places)))
    if info.get("srgb") is not None and not info.get("icc_profile"):
        chunks.append((b"sRGB", bytes([info["srgb"]])))
    return chunks


def _ancillary(info: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    chunks = _colour_chunks(info)
    if info.get("icc_profile"):
        profile = zlib.compress(info["icc_profile"])
        chunks.append((b"iCCP", b"ICC profile\0\0" + profile))
    if dots := dots_per_inch(info, _LARGEST_DPI).get("dpi"):
        per_metre = [round(each / 0.0254) for each in dots]
        chunks.append((b"pHYs", struct.pack(">IIB", *per_metre, 1)))
    if info.get("exif"):
        chunks.append((b"eXIf", info["exif"].removeprefix(b"Exif\0\0")))
    return chunks


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
