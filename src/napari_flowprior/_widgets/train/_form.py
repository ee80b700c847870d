"""The settings of a training; made when torch is loaded, as it names its devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import (
    AxesEdit,
    Choice,
    FileName,
    Number,
    Place,
    PriorChoice,
    Section,
    Toggle,
    add_row,
    device_choice,
    form_layout,
    free_name,
    tell_changes,
    user_folder,
)
from napari_flowprior._widgets.layers import image_data
from napari_flowprior._widgets.train._layers import LayersChoice
from napari_flowprior.training import (
    TrainingImage,
    TrainJob,
    TrainOutputs,
    load_recipe,
    recipe_names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import napari

__all__ = ["TrainForm"]

_FINE_TUNING = "finetune"
_SCRATCH = "scratch:"
_SUFFIX = ".safetensors"
_NAME = "my-prior"
_MINUTES = 5
_SOURCES = {"layers": "layers of this viewer", "folder": "a folder"}
_COLOURS = {None: "as the recipe says", "grey": "as grey", "rgb": "three channels"}
_COLOURS_TIP = (
    "What to make of colours: grey takes their luminance, so that images with and "
    "without colours go together"
)
_START_TIP = (
    "A prior is adapted to your images within minutes; a recipe from scratch takes "
    "many images and much more time"
)
_MINUTES_TIP = (
    "Time to spend; the number of steps follows from the pace. Resume takes as long "
    "again."
)
_ROWS_OF_SOURCE = {
    "layers": ("source", "layers", "axes"),
    "folder": ("source", "folder", "axes"),
    "mnist": ("folder",),
    "sprites": (),
}


class TrainForm(QWidget):
    """Fields for all settings.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers can be chosen.

    Attributes
    ----------
    fields : dict
        Fields by name, each with a property ``setting``.
    changed : Signal
        Emitted when a field changes.
    renamed : Signal
        Emitted when the prior gets another name or place.
    renewable : tuple of str
        Names of what may be changed when a training is resumed.
    """

    changed = Signal()
    renamed = Signal()
    renewable = "minutes", "device"

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._rows = form_layout(self)
        self._section = Section("Advanced")
        self.fields: dict[str, Any] = {}
        self._shown: tuple[str, ...] = ()
        self._described: Any = None
        self._add_source(viewer)
        self._add_result()
        self._rows.addRow(self._section)
        self._add_advanced(self._section.rows)
        self._connect()
        self.fields["place"].setting = user_folder()
        self.rename()
        self._follow_source()

    # --- rows

    def _add_source(self, viewer: napari.viewer.Viewer) -> None:
        tip = "Where the images are from that show what clean images look like"
        self._add("source", "Train on", Choice(_SOURCES), tip)
        tip = "Check the images to train on; select one to name its axes"
        self._add("layers", "Layers", LayersChoice(viewer), tip)
        tip = (
            "Folder with images (PNG, JPEG, TIFF, NPY, zarr), one file, or a pattern "
            "such as data/*.tif"
        )
        self._add("folder", "Images", Place("Choose a folder of images"), tip)
        self._add("axes", "Axes", AxesEdit())
        start = PriorChoice(_recipes())
        self._add("start", "Start from", start, _START_TIP)

    def _add_result(self) -> None:
        self._add("name", "Name", FileName(_SUFFIX), "Name of the new prior")
        tip = "Folder that the prior goes to, with its checkpoint and its figures"
        self._add("place", "Save in", Place("Choose a folder for the prior"), tip)
        minutes = Number(0, 100_000, automatic="no limit")
        minutes.setting = _MINUTES
        self._add("minutes", "Minutes", minutes, _MINUTES_TIP)
        self._add("device", "Device", device_choice(), "What to compute on")

    def _add_advanced(self, rows: Any) -> None:
        auto = "auto"
        tip = "Number of steps, in place of a time"
        steps = Number(0, 10_000_000, step=100, whole=True, automatic=auto)
        self._add("steps", "Steps", steps, tip, rows)
        batch = Number(0, 4096, whole=True, automatic=auto)
        self._add("batch_size", "Batch", batch, "Patches in each step", rows)
        rate = Number(0, 1, step=1e-4, automatic=auto)
        tip = "Largest size of a step of the optimiser"
        self._add("learning_rate", "Learning rate", rate, tip, rows)
        seed = Number(-1, 2**31 - 1, whole=True, automatic=auto)
        tip = "Of all that is random; the same seed gives the same training"
        self._add("seed", "Seed", seed, tip, rows)
        self._add("colour", "Colours", Choice(_COLOURS), _COLOURS_TIP, rows)
        tip = "Whether a prior of this name may be overwritten, with its checkpoint"
        self._add("overwrite", "Overwrite", Toggle(), tip, rows)

    def _add(
        self, name: str, label: str, field: QWidget, tip: str = "", rows: Any = None
    ) -> None:
        self.fields[name] = field
        add_row(self._rows if rows is None else rows, label, field, tip)

    def _connect(self) -> None:
        fields = self.fields
        fields["layers"].changed.connect(self._follow_layers)
        fields["layers"].currentRowChanged.connect(self._follow_layers)
        fields["axes"].line.textEdited.connect(self._name_axes)
        fields["source"].currentIndexChanged.connect(self._follow_source)
        fields["start"].choice.currentIndexChanged.connect(self._follow_source)
        fields["name"].textChanged.connect(self.renamed)
        fields["place"].line.textChanged.connect(self.renamed)
        fields["layers"].changed.connect(self.changed)
        tell_changes(self, self.changed)

    # --- what follows from what

    @property
    def recipe(self) -> str:
        """Name of the recipe."""
        start = self.fields["start"].setting
        return start.removeprefix(_SCRATCH) if _is_scratch(start) else _FINE_TUNING

    @property
    def _source(self) -> str:
        source = load_recipe(self.recipe).source
        return self.fields["source"].setting if source == "images" else source

    def _follow_source(self) -> None:
        shown = _ROWS_OF_SOURCE[self._source]
        if shown != self._shown:
            self._described = None
        self._shown = shown
        for name in ("source", "layers", "folder", "axes"):
            field = self.fields[name]
            self._rows.labelForField(field).setVisible(name in shown)
            field.setVisible(name in shown)
        self._follow_layers()

    def _follow_layers(self) -> None:
        layers = self.fields["layers"]
        if self._source != "layers":
            self._show_axes("", (), "as each file says")
            return
        layer = layers.current
        if layer is None:
            self._show_axes("", (), "")
        else:
            axes, origin = layers.axes_of(layer), layers.origin_of(layer)
            self._show_axes(axes, tuple(image_data(layer).shape), "", origin)
        colours = any("S" in layers.axes_of(each) for each in layers.setting)
        self.fields["start"].name_auto(colours)

    def _show_axes(
        self, axes: str, shape: tuple[int, ...], default: str, origin: str = ""
    ) -> None:
        edit = self.fields["axes"]
        edit.line.setPlaceholderText(default)
        # Not while it is being typed, which would move the cursor.
        if self._described != (axes.upper(), shape):
            self._described = axes.upper(), shape
            edit.fill(axes, shape, origin)

    def name_axes(self, axes: str) -> None:
        """Name the axes of the current layer, or of all files.

        Parameters
        ----------
        axes : str
            Letters.
        """
        self.fields["axes"].setting = axes
        self._name_axes()

    def _name_axes(self) -> None:
        axes = self.fields["axes"].setting
        if self._source == "layers":
            self._described = axes, self._described[1] if self._described else ()
            self.fields["layers"].name_axes(axes)

    def rename(self) -> None:
        """Take the next name that is free, where files of the present one exist."""
        name, place = self.fields["name"], self.fields["place"]
        stem, _, number = name.setting.rpartition("-")
        stem = stem if stem and number.isdigit() else name.setting
        name.setting = free_name(place.checked(), stem or _NAME)

    def lock(self, *, all_but: tuple[str, ...] | None) -> None:
        """Let only some settings be changed.

        Parameters
        ----------
        all_but : tuple of str or None
            Names of those; None for all.
        """
        for name, field in self.fields.items():
            field.setEnabled(all_but is None or name in all_but)

    # --- what comes of it

    @property
    def outputs(self) -> TrainOutputs:
        """Files of the training; InputError if they are not named."""
        name = self.fields["name"].checked()
        return TrainOutputs(self.fields["place"].checked() / f"{name}{_SUFFIX}")

    @property
    def resumable(self) -> bool:
        """Whether there is a stopped training of this name."""
        try:
            return self.outputs.checkpoint.is_file()
        except (InputError, OSError):
            return False

    def job(self) -> TrainJob:
        """Take down all settings.

        Returns
        -------
        TrainJob
            Independent of what becomes of layers and fields.

        Raises
        ------
        InputError
            If something is missing or wrong.
        """
        prior = self.outputs.prior
        _make_folder(prior.parent)
        names = "batch_size", "learning_rate", "seed", "colour", "device", "overwrite"
        chosen = {name: self.fields[name].setting for name in names}
        start = self.fields["start"].setting
        steps = self.fields["steps"].setting
        return TrainJob(
            out=prior,
            recipe=self.recipe,
            data=self._data(),
            axes=self._axes(),
            start=None if _is_scratch(start) else start,
            steps=steps,
            minutes=None if steps else self.fields["minutes"].setting,
            pictures=True,
            **chosen,
        )

    def renewed(self) -> dict[str, Any]:
        """Return the settings that a training may change when it is resumed."""
        return {name: self.fields[name].setting for name in self.renewable}

    def _axes(self) -> str | None:
        return self.fields["axes"].setting or None if self._source == "folder" else None

    def _data(self) -> tuple[Any, ...]:
        source = self._source
        if source == "layers":
            return self._images()
        return () if source == "sprites" else (self.fields["folder"].checked(),)

    def _images(self) -> tuple[TrainingImage, ...]:
        field = self.fields["layers"]
        if not field.count():
            raise InputError(
                "There is no image layer to train on; open images, or choose a folder."
            )
        if not field.setting:
            raise InputError("No layer is checked; check the images to train on.")
        return tuple(
            TrainingImage(image_data(layer), field.checked_axes(layer), layer.name)
            for layer in field.setting
        )

    # --- for a widget that is opened again

    @property
    def settings(self) -> dict[str, Any]:
        """All settings by name; layers are not kept alive by them."""
        found = {name: field.setting for name, field in self.fields.items()}
        found["layers"] = self.fields["layers"].remember()
        return found

    @settings.setter
    def settings(self, settings: Mapping[str, Any]) -> None:
        for name, value in settings.items():
            if name == "layers":
                self.fields[name].recall(value)
            else:
                self.fields[name].setting = value
        self._follow_source()
        if self._source == "folder":
            self.fields["axes"].setting = settings["axes"]


def _recipes() -> dict[str, tuple[str, str]]:
    """List the recipes that start from nothing."""
    found = {}
    for name in recipe_names():
        recipe = load_recipe(name)
        if recipe.flow is not None:
            found[f"{_SCRATCH}{name}"] = f"scratch: {name}", recipe.title
    return found


def _is_scratch(start: str) -> bool:
    return start.startswith(_SCRATCH)


def _make_folder(folder: Path) -> None:
    # Others are to exist: a name that is misspelt makes no folder.
    if folder != user_folder():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be created ({error.strerror}); choose another folder."
        ) from error
