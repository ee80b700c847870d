"""A part of a layer as it would be restored, before and after, in the viewer."""

from napari_flowprior._widgets.preview._bar import PreviewBar
from napari_flowprior._widgets.preview._crop import crop
from napari_flowprior._widgets.preview._picture import Asked, Picture
from napari_flowprior._widgets.preview._region import Region, find_region, middle_region
from napari_flowprior._widgets.preview._session import Preview

__all__ = [
    "Asked",
    "Picture",
    "Preview",
    "PreviewBar",
    "Region",
    "crop",
    "find_region",
    "middle_region",
]
