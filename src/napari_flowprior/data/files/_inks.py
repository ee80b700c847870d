"""Colours of print: cyan, magenta, yellow and black."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageCms

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["cmyk_to_rgb", "warn_of_inks"]


def warn_of_inks(path: Path) -> None:
    """Say that inks do not stay inks."""
    warnings.warn(
        f"{path} holds colours of print (CMYK); they are turned into RGB, and results"
        " are written so.",
        stacklevel=4,
    )


def cmyk_to_rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Turn inks into colours, as the profile says where there is a sound one.

    Parameters
    ----------
    image : Image
        Of mode CMYK.
    profile : bytes, optional
        Its ICC profile.

    Returns
    -------
    Image
        Of mode RGB, in sRGB if there is a profile.
    """
    if profile:
        try:
            source = ImageCms.getOpenProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            return image.convert("RGB")
        assert turned is not None
        return turned
    return image.convert("RGB")
