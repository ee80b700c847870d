"""Photographs: PNG and JPEG files, as viewers show them."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, UnidentifiedImageError

from napari_flowprior._errors import InputError
from napari_flowprior.data.files._inks import cmyk_to_rgb, warn_of_inks
from napari_flowprior.data.files._orientation import orientation_of, upright
from napari_flowprior.data.files._resolution import dots_per_inch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["read_photo", "write_jpeg"]

# Pillow finds several pictures in one JPEG, its format MPO, by itself.
_FORMATS = ("PNG", "JPEG")
_PLAIN_MODES = ("1", "L", "RGB", "RGBA", "I;16", "I")
_KEPT = ("icc_profile", "dpi", "exif", "gamma", "chromaticity", "srgb")
_ORIENTATION = 0x0112
_LARGEST_DPI = 2**16 - 1

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
        bool, uint8 or uint16; palettes become grey or RGB, CMYK becomes RGB, grey with
        transparency becomes RGBA.
    info : dict
        Resolution, colour profile, gamma and EXIF data, to be written back.

    Raises
    ------
    InputError
        When the file is animated, or of a kind that cannot be read in full.
    """
    with _opened(path) as image:
        if getattr(image, "is_animated", False) and image.format == "PNG":
            raise InputError("it is animated; save the frames as a TIFF stack.")
        _warn_of_more(path, image)
        if image.mode == "CMYK":
            warn_of_inks(path)
        rawmode = _rawmode(image)
        orientation = orientation_of(image.getexif().get(_ORIENTATION))
        info = _said(image) | {"grey_alpha": image.mode == "LA" or rawmode == "LA;16B"}
        if rawmode.endswith(";16B") and rawmode != "I;16B":
            pixels = _deep(path, rawmode)
        else:
            pixels = _plain(image, info)
        pixels = _with_transparency(pixels, image)
    turned = upright(pixels, "YXS"[: pixels.ndim], orientation)
    return np.ascontiguousarray(turned), _kept(info)


def write_jpeg(
    path: Path, array: npt.NDArray[np.uint8], info: Mapping[str, Any]
) -> None:
    """Write (Y, X) or (Y, X, 3) at quality 95 with colours at full resolution."""
    kept = {name: info[name] for name in ("icc_profile", "exif") if info.get(name)}
    kept |= dots_per_inch(info, _LARGEST_DPI)
    Image.fromarray(array).save(
        path, format="JPEG", quality=95, subsampling="4:4:4", **kept
    )


@contextmanager
def _opened(path: Path) -> Iterator[ImageFile.ImageFile]:
    try:
        image = Image.open(path, formats=_FORMATS)
    except UnidentifiedImageError:
        raise InputError(_unknown(path.read_bytes())) from None
    with image:
        assert isinstance(image, ImageFile.ImageFile)
        if image.format != "PNG":
            _refuse_endless(path.read_bytes())
        yield image


def _refuse_endless(content: bytes) -> None:
    """Refuse a JPEG file whose end is missing, for which libjpeg shows grey."""
    if content.rfind(b"\xff\xd9") < content.rfind(b"\xff\xda"):
        raise InputError("it ends in the middle of its image; copy it again.")


def _warn_of_more(path: Path, image: ImageFile.ImageFile) -> None:
    count = getattr(image, "n_frames", 1)
    if count > 1:
        warnings.warn(
            f"{path} holds {count} pictures, as phones and stereo cameras write them;"
            " only the first one is read.",
            stacklevel=3,
        )


def _unknown(content: bytes) -> str:
    """Say why Pillow finds no image in a file."""
    bits = _jpeg_bits(content)
    if bits in (12, 16):
        return f"it is a JPEG of {bits}-bit pixels; convert it to a 16-bit TIFF or PNG."
    return (
        "it is neither a PNG nor a JPEG file, or its beginning is damaged; check its"
        " type, or copy it again."
    )


def _jpeg_bits(content: bytes) -> int:
    """Find the bits of a sample in the frame header of a JPEG file, or else 0."""
    place = 2 if content.startswith(b"\xff\xd8\xff") else len(content)
    while place + 4 < len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        # Those of frames, but for tables of Huffman and arithmetic coding.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return content[place + 4]
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    return 0


def _rawmode(image: ImageFile.ImageFile) -> str:
    args = image.tile[0][3] if image.tile else ""
    return args if isinstance(args, str) else ""


def _said(image: ImageFile.ImageFile) -> dict[str, Any]:
    """Return what the file says besides, without the orientation that is undone."""
    exif = image.getexif()
    info: dict[str, Any] = {str(name): said for name, said in image.info.items()}
    if _ORIENTATION in exif:
        if orientation_of(exif.pop(_ORIENTATION)).exchanged and "dpi" in info:
            info["dpi"] = info["dpi"][::-1]
        info["exif"] = exif.tobytes()
    return info


def _plain(image: ImageFile.ImageFile, info: dict[str, Any]) -> npt.NDArray[Any]:
    if image.mode in _PLAIN_MODES:
        pixels = np.array(image)
        # Older Pillow reads 16-bit grey as 32-bit integers.
        return pixels.astype(np.uint16) if pixels.dtype == np.int32 else pixels
    if image.has_transparency_data:
        return np.array(image.convert("RGBA"))
    if image.mode == "CMYK":
        # The profile describes the colours before the conversion.
        return np.array(cmyk_to_rgb(image, info.pop("icc_profile", None)))
    pixels = np.array(image.convert("RGB"))
    grey = image.mode == "P" and (pixels == pixels[..., :1]).all()
    return pixels[..., 0] if grey else pixels


def _with_transparency(
    pixels: npt.NDArray[Any], image: ImageFile.ImageFile
) -> npt.NDArray[Any]:
    """Turn the one colour that is transparent into an alpha of its own."""
    colour = image.info.get("transparency")
    if colour is None or pixels.shape[2:] == (4,):
        return pixels
    if pixels.dtype.kind == "b":
        pixels = pixels * np.uint8(255)
    top = np.iinfo(pixels.dtype).max
    planes = np.atleast_3d(pixels) * np.ones(3, pixels.dtype)
    clear = (planes == np.array(colour)).all(axis=-1, keepdims=True)
    return np.concatenate([planes, np.where(clear, 0, top).astype(pixels.dtype)], -1)


def _deep(path: Path, rawmode: str) -> npt.NDArray[np.uint16]:
    if rawmode == "LA;16B":
        return _deep_grey_and_alpha(path)
    if rawmode not in _HIGH_LOW:
        raise InputError(
            f"it holds 16-bit pixels of a rare kind ({rawmode}); convert it to 16-bit"
            " RGB or RGBA."
        )
    mode, *rawmodes = _HIGH_LOW[rawmode]
    high, low = (_decode_as(path, mode, name) for name in rawmodes)
    return np.asarray(high.astype(np.uint16) << 8 | low, np.uint16)


def _deep_grey_and_alpha(path: Path) -> npt.NDArray[np.uint16]:
    import imagecodecs

    pixels = imagecodecs.png_decode(path.read_bytes())
    return np.asarray(pixels[..., [0, 0, 0, 1]], np.uint16)


def _decode_as(path: Path, mode: str, rawmode: str) -> npt.NDArray[np.uint8]:
    with _opened(path) as image:
        tiles: Any = [(*tile[:3], rawmode) for tile in image.tile]
        image.tile = tiles
        assert image.mode == mode
        return np.array(image)


def _kept(info: Mapping[Any, Any]) -> dict[str, Any]:
    kept = {key: info[key] for key in (*_KEPT, "grey_alpha") if info.get(key)}
    return kept | ({"srgb": info["srgb"]} if info.get("srgb") is not None else {})
