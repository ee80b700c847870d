"""Fields of a training, with their labels and tool tips, in the order of the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from napari_flowprior._widgets.fields import (
    AxesEdit,
    Choice,
    FileName,
    Number,
    Place,
    PriorChoice,
    Toggle,
    device_choice,
)
from napari_flowprior._widgets.train._layers import LayersChoice
from napari_flowprior.training import load_recipe, recipe_names

if TYPE_CHECKING:
    import napari
    from qtpy.QtWidgets import QWidget

__all__ = [
    "AS_IN_JOBS",
    "SCRATCH",
    "SUFFIX",
    "advanced_rows",
    "result_rows",
    "source_rows",
]

Row: TypeAlias = "tuple[str, str, QWidget, str]"
"""Name, label, field and tool tip."""

SCRATCH = "scratch:"
"""What comes before the name of a recipe that starts from nothing."""

SUFFIX = ".safetensors"
"""Suffix of files of priors."""

AS_IN_JOBS = (
    *("batch_size", "learning_rate", "seed", "colour", "device"),
    *("overwrite", "images", "insist"),
)
"""Fields that are called as those of a job."""

_MINUTES = 5
_SOURCES = {"layers": "layers of this viewer", "folder": "a folder"}
_COLOURS = {None: "as the recipe says", "grey": "as grey", "rgb": "three channels"}
_COLOURS_TIP = (
    "What to make of colours: grey takes their luminance, so that images with and "
    "without colours go together"
)
_KINDS = {"clean": "clean", "noisy": "noisy"}
_KINDS_TIP = (
    "Clean ones are looked at before the training, which noise would spoil; noisy ones "
    "adapt a prior without a clean one"
)
_INSIST_TIP = (
    "Whether to train even on images that turn out to be noisy, as if they were clean"
)
_START_TIP = (
    "A prior is adapted to your images within minutes; a recipe from scratch takes "
    "many images and much more time"
)
_MINUTES_TIP = (
    "Time to spend; the number of steps follows from the pace. Resume takes as long "
    "again."
)


def source_rows(viewer: napari.viewer.Viewer) -> list[Row]:
    """Make the fields that say what is trained on, and from where.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers can be chosen.

    Returns
    -------
    list of tuple
        Name, label, field and tool tip of each.
    """
    return [
        (
            "source",
            "Train on",
            Choice(_SOURCES),
            "Where the images are from that the prior shall learn from",
        ),
        (
            "layers",
            "Layers",
            LayersChoice(viewer),
            "Check the images to train on; select one to name its axes",
        ),
        (
            "folder",
            "Images",
            Place("Choose a folder of images"),
            "Folder with images (PNG, JPEG, TIFF, NPY, zarr), one file, or a pattern "
            "such as data/*.tif",
        ),
        ("axes", "Axes", AxesEdit(), ""),
        ("images", "My images are", Choice(_KINDS), _KINDS_TIP),
        ("start", "Start from", PriorChoice(_recipes()), _START_TIP),
    ]


def result_rows() -> list[Row]:
    """Make the fields that say where the prior goes, and how long it takes.

    Returns
    -------
    list of tuple
        Name, label, field and tool tip of each.
    """
    minutes = Number(0, 100_000, automatic="no limit")
    minutes.setting = _MINUTES
    return [
        ("name", "Name", FileName(SUFFIX), "Name of the new prior"),
        (
            "place",
            "Save in",
            Place("Choose a folder for the prior"),
            "Folder that the prior goes to, with its checkpoint and its figures",
        ),
        ("minutes", "Minutes", minutes, _MINUTES_TIP),
        ("device", "Device", device_choice(), "What to compute on"),
    ]


def advanced_rows() -> list[Row]:
    """Make the fields that are folded away.

    Returns
    -------
    list of tuple
        Name, label, field and tool tip of each.
    """
    auto = "auto"
    return [
        (
            "steps",
            "Steps",
            Number(0, 10_000_000, step=100, whole=True, automatic=auto),
            "Number of steps, in place of a time",
        ),
        (
            "batch_size",
            "Batch",
            Number(0, 4096, whole=True, automatic=auto),
            "Patches in each step; choose fewer if memory runs out",
        ),
        (
            "learning_rate",
            "Learning rate",
            Number(0, 1, step=1e-4, automatic=auto),
            "Largest size of a step of the optimiser; lower it if the curves jump",
        ),
        (
            "seed",
            "Seed",
            Number(-1, 2**31 - 1, whole=True, automatic=auto),
            "Of all that is random; the same seed gives the same training",
        ),
        ("colour", "Colours", Choice(_COLOURS), _COLOURS_TIP),
        ("insist", "Insist", Toggle(), _INSIST_TIP),
        (
            "overwrite",
            "Overwrite",
            Toggle(),
            "Whether a prior of this name may be overwritten, with its checkpoint",
        ),
    ]


def _recipes() -> dict[str, tuple[str, str]]:
    """List the recipes that start from nothing."""
    found = {}
    for name in recipe_names():
        recipe = load_recipe(name)
        if recipe.flow is not None:
            found[f"{SCRATCH}{name}"] = f"scratch: {name}", recipe.title
    return found
