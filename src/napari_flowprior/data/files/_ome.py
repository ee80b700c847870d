"""What OME-XML says of an image, in the terms of tifffile's writer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ome_of_planes", "read_ome"]

_PIXELS = (
    "PhysicalSizeX",
    "PhysicalSizeXUnit",
    "PhysicalSizeY",
    "PhysicalSizeYUnit",
    "PhysicalSizeZ",
    "PhysicalSizeZUnit",
    "TimeIncrement",
    "TimeIncrementUnit",
    "SignificantBits",
)
_CHANNEL = (
    "Name",
    "AcquisitionMode",
    "Color",
    "ContrastMethod",
    "EmissionWavelength",
    "EmissionWavelengthUnit",
    "ExcitationWavelength",
    "ExcitationWavelengthUnit",
    "Fluor",
    "IlluminationType",
    "NDFilter",
    "PinholeSize",
    "PinholeSizeUnit",
    "PockelCellSetting",
)
_PLANE = (
    "DeltaT",
    "DeltaTUnit",
    "ExposureTime",
    "ExposureTimeUnit",
    "PositionX",
    "PositionXUnit",
    "PositionY",
    "PositionYUnit",
    "PositionZ",
    "PositionZUnit",
)


def read_ome(xml: str, index: int) -> dict[str, Any]:
    """Read what is kept of an image.

    Parameters
    ----------
    xml : str
        The file's OME-XML.
    index : int
        Number of the image.

    Returns
    -------
    dict
        Attributes as texts: of the image; "Channel", a list; and "Plane", a mapping
        from (T, Z, C).
    """
    images = ElementTree.fromstring(xml).findall("{*}Image")
    if index >= len(images):
        return {}
    image = images[index]
    pixels = image.find("{*}Pixels")
    if pixels is None:
        return {}
    kept: dict[str, Any] = _attributes(pixels, _PIXELS)
    kept |= _attributes(image, ("Name",))
    for name in ("AcquisitionDate", "Description"):
        text = image.findtext(f"{{*}}{name}")
        kept |= {name: text} if text else {}
    channels = [_attributes(c, _CHANNEL) for c in pixels.findall("{*}Channel")]
    planes = {_place(p): _attributes(p, _PLANE) for p in pixels.findall("{*}Plane")}
    kept |= {"Channel": channels} if any(channels) else {}
    return kept | ({"Plane": planes} if any(planes.values()) else {})


def ome_of_planes(
    metadata: Mapping[str, Any], axes: str, shape: Sequence[int]
) -> dict[str, Any]:
    """Put what is said of channels and planes in the order of an array.

    Parameters
    ----------
    metadata : mapping
        As `read_ome` returns it.
    axes : str
        One letter for each axis of the array.
    shape : sequence of int
        Its shape.

    Returns
    -------
    dict
        For tifffile's writer; without channels or planes that the array lacks.
    """
    kept = {k: v for k, v in metadata.items() if k not in ("Channel", "Plane")}
    sides = dict(zip(axes, shape, strict=True))
    channels = list(metadata.get("Channel", []))
    if len(channels) == sides.get("C", 1):
        kept["Channel"] = channels
    planes = metadata.get("Plane", {})
    stack = [axis for axis in axes if axis in "TZC"]
    places = list(np.ndindex(*(sides[axis] for axis in stack)))
    named = [dict(zip(stack, place, strict=True)) for place in places]
    keys = [tuple(each.get(axis, 0) for axis in "TZC") for each in named]
    if planes and set(planes) <= set(keys):
        kept["Plane"] = [planes.get(key, {}) for key in keys]
    return kept


def _attributes(element: ElementTree.Element, names: Sequence[str]) -> dict[str, str]:
    return {name: element.attrib[name] for name in names if name in element.attrib}


def _place(plane: ElementTree.Element) -> tuple[int, ...]:
    return tuple(int(plane.get(f"The{axis}", "0")) for axis in "TZC")
