"""Fields of a training, with their labels and tool tips, in the order of the form."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from magicgui.widgets import create_widget

from napari_flowprior._options import options
from napari_flowprior._widgets.fields import (
    Axes,
    Choice,
    FileName,
    LateRows,
    Place,
    PriorChoice,
    device_choice,
    option_field,
)
from napari_flowprior._widgets.train._layers import LayersChoice
from napari_flowprior.training import TrainJob, load_recipe, recipe_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    import napari
    from magicgui.widgets import Widget

    from napari_flowprior._widgets.fields import Rows

__all__ = [
    "AS_IN_JOBS",
    "MINUTES",
    "SCRATCH",
    "SUFFIX",
    "advanced_rows",
    "result_rows",
    "source_rows",
]

SCRATCH = "scratch:"
"""What comes before the name of a recipe that starts from nothing."""

SUFFIX = ".safetensors"
"""Suffix of files of priors."""

AS_IN_JOBS = (
    *("batch_size", "learning_rate", "seed", "colour", "device"),
    *("overwrite", "images", "insist"),
)
"""Fields that are called as those of a job."""

MINUTES = 5
"""Time to spend by default."""

_SOURCES = {"layers": "layers of this viewer", "folder": "a folder"}
_COLOURS = {None: "as the recipe says", "grey": "as grey", "rgb": "three channels"}
_KINDS = {"clean": "clean", "noisy": "noisy"}
_START_TIP = (
    "A prior is adapted to your images within minutes; a recipe from scratch takes "
    "many images and much more time"
)
_NUMBERS = "steps", "batch_size", "learning_rate", "seed"
_OPTIONS = {option.name: option for option in options(TrainJob)}


def source_rows(viewer: napari.viewer.Viewer) -> list[Widget]:
    """Make the fields that say what is trained on, and from where.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers can be chosen.

    Returns
    -------
    list of Widget
        With names and labels.
    """
    return [
        Choice(
            name="source",
            label="Train on",
            labels=_SOURCES,
            tooltip="Where the images are from that the prior shall learn from",
        ),
        LayersChoice(
            name="layers",
            label="Layers",
            viewer=viewer,
            tooltip="Check the images to train on; select one to name its axes",
        ),
        Place(
            name="folder",
            label="Images",
            question="Choose a folder of images",
            tooltip="Folder with images (PNG, JPEG, TIFF, NPY, zarr), one file, or a "
            "pattern such as data/*.tif",
        ),
        create_widget(annotation=Axes, name="axes", label="Axes"),
        _choice("images", _KINDS),
        PriorChoice(
            name="start", label="Start from", more=_recipes(), tooltip=_START_TIP
        ),
    ]


def result_rows() -> list[Widget]:
    """Make the fields that say where the prior goes, and how long it takes.

    Returns
    -------
    list of Widget
        With names and labels.
    """
    minutes = option_field(_OPTIONS["minutes"])
    minutes.value = MINUTES
    return [
        FileName(
            name="name", label="Name", suffix=SUFFIX, tooltip="Name of the new prior"
        ),
        Place(
            name="place",
            label="Save in",
            question="Choose a folder for the prior",
            tooltip="Folder that the prior goes to, with its checkpoint and its "
            "figures",
        ),
        minutes,
        device_choice(name="device", label="Device", tooltip="What to compute on"),
    ]


def advanced_rows(form: Rows) -> LateRows:
    """Prepare the fields that are folded away.

    Parameters
    ----------
    form : Rows
        Where they go.

    Returns
    -------
    LateRows
        The fields.
    """
    rows = LateRows(form)
    for name in _NUMBERS:
        rows.add_option(_OPTIONS[name])
    rows.add("colour", None, partial(_choice, "colour", _COLOURS))
    rows.add_option(_OPTIONS["insist"])
    rows.add_option(_OPTIONS["overwrite"])
    return rows


def _choice(name: str, labels: Mapping[Any, str]) -> Choice:
    """Make the field of an option whose values have words of their own here."""
    option = _OPTIONS[name]
    return Choice(name=name, label=option.label, labels=labels, tooltip=option.tip)


@cache
def _recipes() -> dict[str, tuple[str, str]]:
    """List the recipes that start from nothing."""
    found = {}
    for name in recipe_names():
        recipe = load_recipe(name)
        if recipe.flow is not None:
            found[f"{SCRATCH}{name}"] = f"scratch: {name}", recipe.title
    return found
