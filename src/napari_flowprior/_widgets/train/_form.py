"""The settings of a training; made when torch is loaded, as it names its devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import (
    Rows,
    Section,
    free_name,
    make_user_folder,
    user_folder,
)
from napari_flowprior._widgets.layers import image_data
from napari_flowprior._widgets.train._noise import NoiseRow
from napari_flowprior._widgets.train._presets import PresetChoice
from napari_flowprior._widgets.train._rows import (
    AS_IN_JOBS,
    SCRATCH,
    SUFFIX,
    advanced_rows,
    result_rows,
    source_rows,
)
from napari_flowprior.training import (
    TrainingImage,
    TrainJob,
    TrainOutputs,
    load_recipe,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import napari

__all__ = ["TrainForm"]

_FINE_TUNING = "finetune"
_NAME = "my-prior"
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
    presets : PresetChoice
        What the training is for.
    rows : Rows
        The container of the fields, with those of `advanced` folded away.
    fields : dict
        Fields by name, each with a ``value``.
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
        self.rows, self.advanced = Rows(self), Rows()
        self._section = Section("Advanced", self.advanced.native)
        self.fields: dict[str, Any] = {}
        self.presets = PresetChoice(self.fields)
        self.layout().addRow(self.presets)
        self._shown: tuple[str, ...] = ()
        self._described: Any = None
        self.rows.extend((*source_rows(viewer), *result_rows()))
        self.layout().addRow(self._section)
        late = advanced_rows(self.advanced)
        self._section.toggled.connect(late.make)
        self.fields |= {field.name: field for field in self.rows} | late.fields
        self._noise = NoiseRow(self.rows, self.fields)
        self._connect()
        self.fields["place"].value = user_folder()
        self.rename()
        self.presets.follow()
        self._follow_source()

    def _connect(self) -> None:
        fields = self.fields
        fields["layers"].changed.connect(self._follow_layers)
        fields["layers"].list.currentRowChanged.connect(self._follow_layers)
        fields["axes"].line.native.textEdited.connect(self._name_axes)
        fields["source"].changed.connect(self._follow_source)
        fields["start"].changed.connect(self._follow_source)
        fields["start"].changed.connect(self.presets.follow)
        fields["name"].changed.connect(self.renamed.emit)
        fields["place"].changed.connect(self.renamed.emit)
        for rows in (self.rows, self.advanced):
            rows.changed.connect(self.changed.emit)

    # --- what follows from what

    @property
    def recipe(self) -> str:
        """Name of the recipe."""
        start = self.fields["start"].value
        return (
            start.removeprefix(SCRATCH) if start.startswith(SCRATCH) else _FINE_TUNING
        )

    @property
    def source(self) -> str:
        """What is trained on: "layers", "folder", or what the recipe says."""
        source = load_recipe(self.recipe).source
        return self.fields["source"].value if source == "images" else source

    def _follow_source(self) -> None:
        shown = _ROWS_OF_SOURCE[self.source]
        if shown != self._shown:
            self._described = None
        self._shown = shown
        for name in ("source", "layers", "folder", "axes"):
            self.rows.show_row(self.fields[name], name in shown)
        self._follow_layers()

    def _follow_layers(self) -> None:
        layers = self.fields["layers"]
        if self.source != "layers":
            self._show_axes("", (), "as each file says")
            return
        layer = layers.current
        axes, origin, shape = "", "", ()
        if layer is not None:
            axes, origin = layers.axes_of(layer), layers.origin_of(layer)
            shape = tuple(image_data(layer).shape)
        self._show_axes(axes, shape, "", origin)
        colours = any("S" in layers.axes_of(each) for each in layers.value)
        self.fields["start"].name_auto(colours)

    def _show_axes(
        self, axes: str, shape: tuple[int, ...], default: str, origin: str = ""
    ) -> None:
        edit = self.fields["axes"]
        edit.line.native.setPlaceholderText(default)
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
        self.fields["axes"].value = axes
        self._name_axes()

    def _name_axes(self) -> None:
        axes = self.fields["axes"].value
        if self.source == "layers":
            self._described = axes, self._described[1] if self._described else ()
            self.fields["layers"].name_axes(axes)

    def rename(self) -> None:
        """Take the next name that is free, where files of the present one exist."""
        name, place = self.fields["name"], self.fields["place"]
        stem, _, number = name.value.rpartition("-")
        stem = stem if stem and number.isdigit() else name.value
        name.value = free_name(place.checked(), stem or _NAME)

    def lock(self, *, all_but: tuple[str, ...] | None) -> None:
        """Let only some settings be changed.

        Parameters
        ----------
        all_but : tuple of str or None
            Names of those; None for all.
        """
        self.presets.enabled = all_but is None
        for name, field in self.fields.items():
            field.enabled = all_but is None or name in all_but

    @property
    def outputs(self) -> TrainOutputs:
        """Files of the training; InputError if they are not named."""
        name = self.fields["name"].checked()
        return TrainOutputs(self.fields["place"].checked() / f"{name}{SUFFIX}")

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
        _make_folder(self.outputs.prior.parent)
        return self.description()

    def description(self) -> TrainJob:
        """Take down all settings, as `job` does, and make no folder for the prior."""
        chosen = {name: self.fields[name].value for name in AS_IN_JOBS}
        start = self.fields["start"].value
        steps = self.fields["steps"].value
        return TrainJob(
            out=self.outputs.prior,
            recipe=self.recipe,
            data=self._data(),
            axes=self._axes(),
            start=None if start.startswith(SCRATCH) else start,
            steps=steps,
            minutes=None if steps else self.fields["minutes"].value,
            sigma=self._noise.told,
            pictures=True,
            **chosen,
        )

    def renewed(self) -> dict[str, Any]:
        """Return the settings that a training may change when it is resumed."""
        return {name: self.fields[name].value for name in self.renewable}

    def _axes(self) -> str | None:
        return self.fields["axes"].value or None if self.source == "folder" else None

    def _data(self) -> tuple[Any, ...]:
        source = self.source
        if source == "layers":
            return self._images()
        return () if source == "sprites" else (self.fields["folder"].checked(),)

    def _images(self) -> tuple[TrainingImage, ...]:
        field = self.fields["layers"]
        if not field.list.count():
            raise InputError(
                "There is no image layer to train on; open images, or choose a folder."
            )
        if not field.value:
            raise InputError("No layer is checked; check the images to train on.")
        return tuple(
            TrainingImage(image_data(layer), field.checked_axes(layer), layer.name)
            for layer in field.value
        )

    # --- for a widget that is opened again

    @property
    def settings(self) -> dict[str, Any]:
        """All settings by name; layers are not kept alive by them."""
        found = {name: field.value for name, field in self.fields.items()}
        found["layers"] = self.fields["layers"].remember()
        return found

    @settings.setter
    def settings(self, settings: Mapping[str, Any]) -> None:
        for name, value in settings.items():
            if name == "layers":
                self.fields[name].recall(value)
            else:
                self.fields[name].value = value
        self._follow_source()
        if self.source == "folder":
            self.fields["axes"].value = settings["axes"]


def _make_folder(folder: Path) -> None:
    # Others are to exist: a name that is misspelt makes no folder.
    if folder == user_folder():
        make_user_folder()
