"""The fields of the files, and of their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magicgui.widgets import LineEdit

from napari_flowprior._widgets.fields import Place, toggle

if TYPE_CHECKING:
    from magicgui.widgets import Widget

__all__ = ["file_fields"]


def file_fields() -> list[Widget]:
    """Make the fields of the files, and of their results.

    Returns
    -------
    list of Widget
        ``source``, ``target``, ``axes`` and ``again``.
    """
    return [
        Place(
            name="source",
            label="Images",
            question="Choose the folder of the images",
            tooltip="Folder of the images: TIFF, PNG, JPEG, NPY",
        ),
        Place(
            name="target",
            label="Results",
            question="Choose the folder for the results",
            tooltip="Folder for the results, which get the names of the images",
        ),
        LineEdit(
            name="axes",
            label="Axes",
            tooltip="One letter for each axis of every image, such as ZYX; leave it "
            "empty for what the files say",
        ),
        toggle(
            name="again",
            label="Again",
            tooltip="Restore images once more that were restored before, and replace "
            "the results",
        ),
    ]
