"""The settings of a restoration; made when torch is loaded, as it names its devices."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import (
    Button,
    Choice,
    LateRows,
    Place,
    PriorChoice,
    Rows,
    Section,
    device_choice,
    preference,
    toggle,
)
from napari_flowprior._widgets.layers import (
    at_level,
    has_colours,
    split_layers,
)
from napari_flowprior._widgets.restore._degradations import Degradations
from napari_flowprior._widgets.restore._estimators import UNCERTAINTY, Estimators
from napari_flowprior._widgets.restore._intervals import INTERVAL, Coverage
from napari_flowprior._widgets.restore._job import Part, RestoreJob
from napari_flowprior._widgets.restore._measured import Measured
from napari_flowprior._widgets.restore._plots import DiagnosisPlots
from napari_flowprior._widgets.restore._source import Source
from napari_flowprior._widgets.restore._tasks import TaskChoice
from napari_flowprior._widgets.restore._tips import FIELD_TIPS
from napari_flowprior.restoration import DEGRADATIONS, RunOptions, options

if TYPE_CHECKING:
    import napari
    from magicgui.widgets import Widget

    from napari_flowprior._widgets.restore._proposal import Proposal

__all__ = ["RestoreForm"]

_CHOICES = (
    *("prior", "device", "tile", "overlap", "batch_size"),
    *("intensity_range", "black", "white", "dtype"),
)
_TYPES = {None: "as input", "float32": "float32"}
_ESTIMATE, _LOG_LIKELIHOOD = "estimate", "log-likelihood"
_OUTPUTS = {
    _ESTIMATE: "estimate",
    UNCERTAINTY: "with uncertainty",
    INTERVAL: "with intervals",
    _LOG_LIKELIHOOD: "with log-likelihood",
}


class RestoreForm(QWidget):
    """Fields for all settings.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers can be chosen.

    Attributes
    ----------
    rows : Rows
        The container of the fields, with those of `advanced` folded away.
    late : LateRows
        Those of `advanced`, which are made when they are unfolded.
    fields : dict
        Fields by name, each with a ``value``.
    source : Source
        Which layer is restored.
    degradations : Degradations
        What happened to the image.
    task : TaskChoice
        What is to be done.
    estimators : Estimators
        Which image is returned.
    coverage : Coverage
        How much intervals hold.
    measured : Measured
        Numbers that hold for the image that is chosen.
    adapt : Button
        Lets the prior learn from the layer.
    estimate_asked : Signal(object)
        Emitted with the `NoiseLevel` that an estimate is asked for.
    diagnosis_asked : Signal
        Emitted when it is asked what is wrong with the image.
    changed : Signal
        Emitted when a field changes.
    refused : Signal(str)
        Emitted with a sentence when what was typed is not what was taken.
    """

    estimate_asked = Signal(object)
    diagnosis_asked = Signal()
    changed = Signal()
    refused = Signal(str)

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._viewer = viewer
        self.rows, self.advanced = Rows(self), Rows()
        self._section = Section("Advanced", self.advanced.native)
        self.late = LateRows(self.advanced)
        self.fields: dict[str, Any] = {}
        self.measured = Measured()
        self.degradations = Degradations(viewer, self.rows)
        plots = partial(DiagnosisPlots, viewer)
        self.task = TaskChoice(self.degradations.choice, plots)
        self.adapt = Button("Adapt the prior to this layer", FIELD_TIPS["adapt"])
        self._add_main()
        self._add_advanced()
        self.source.renewed.connect(self._follow_source)
        self._follow_source()
        self.degradations.asked.connect(self.estimate_asked)
        self.task.diagnosis_asked.connect(self.diagnosis_asked)
        for rows in (self.rows, self.advanced):
            rows.changed.connect(self.changed.emit)
            rows.refused.connect(self.refused.emit)

    def _add_main(self) -> None:
        self.source = Source(self._viewer, self.rows)
        self.fields |= self.source.fields
        self.layout().addRow(self.task)
        self._add(self.degradations.choice)
        self.degradations.add_rows()
        self.task.follow()
        self._add(PriorChoice(name="prior", label="Prior"))
        self._add(Choice(labels=_OUTPUTS, **_row("output", "Output")))
        self.coverage = Coverage(self.rows, self.fields["output"])
        self.estimators = Estimators(self.degradations, self.fields["output"])
        self._add(self.estimators.choice)
        self._add(device_choice(clusters=True, name="device", label="Device"))
        self._add(toggle(**_row("keep_source", "Keep original")))
        self.layout().addRow(self._section)

    def _add_advanced(self) -> None:
        self.estimators.add_rows(self.advanced)
        for option in options(RunOptions):
            self.late.add_option(option)
        preferred = preference("results", "dtype")
        dtype = preferred if preferred in _TYPES else None
        self.late.add("dtype", dtype, partial(_type_choice, dtype))
        self.late.add("store", "", _place)
        self.fields |= self.late.fields
        self.adapt.setParent(self.advanced.native)
        self._section.toggled.connect(self._unfold)

    def _unfold(self) -> None:
        """Make what is seen now."""
        self.late.make()
        self.estimators.unfold()
        # It comes last, once; a layout would take it twice.
        self.advanced.native.layout().addRow(self.adapt)
        self._section.toggled.disconnect(self._unfold)

    def _add(self, field: Widget) -> None:
        self.fields[field.name] = field
        self.rows.append(field)

    @property
    def settings(self) -> dict[str, Any]:
        """The fields, and what has none as long as it does not matter, by name."""
        late = {"level": self.source.levels, "coverage": self.coverage}
        return self.fields | late

    @property
    def degradation_options(self) -> dict[str, Any]:
        """Options of the chosen degradation; setting some leaves the others."""
        return self.degradations.options

    @degradation_options.setter
    def degradation_options(self, values: dict[str, Any]) -> None:
        self.degradations.options = values

    @property
    def estimator_options(self) -> dict[str, Any]:
        """Options of the chosen estimator, none for "auto"; or those of samples."""
        return self.estimators.options

    @estimator_options.setter
    def estimator_options(self, values: dict[str, Any]) -> None:
        self.estimators.options = values

    @property
    def choices(self) -> dict[str, Any]:
        """What is chosen besides layer, degradation and estimator, by its name."""
        return {name: self.fields[name].value for name in _CHOICES}

    def take(self, proposal: Proposal) -> None:
        """Set what was proposed, and say why.

        Parameters
        ----------
        proposal : Proposal
            What a diagnosis proposes.
        """
        self.degradations.choice.value = proposal.degradation
        rows = self.degradations.rows[proposal.degradation]
        for name, value in proposal.options.items():
            self.fill_in(rows.editors[name], value)
        prior = self.fields["prior"]
        if prior.is_shipped:
            prior.value = proposal.prior
        self.task.show_diagnosis(proposal.sentences, proposal.found)

    def fill_in(self, field: Any, value: Any) -> None:
        """Set an option of a degradation as long as the layer is the same.

        Parameters
        ----------
        field : Widget
            Its field.
        value : object
            What was measured.
        """
        self.measured.fill_in(field, value, self.degradations.default_of(field))

    def job(self) -> RestoreJob:
        """Take down all settings.

        Returns
        -------
        RestoreJob
            Independent of what becomes of layers and fields.

        Raises
        ------
        InputError
            If something is missing or wrong.
        """
        image, axes = self.source.image()
        layer, level = self.source.layer, self.source.level
        return RestoreJob(
            image=image,
            level=level,
            path=layer.source.path,
            degradation=self._parts(at_level(layer, level), axes),
            estimator=self.fields["estimator"].value,
            estimator_options=self.estimator_options,
            options={"axes": axes, **self.choices},
            sampling=self.estimator_options if self.estimators.samples else None,
            coverage=self.coverage.wanted,
            log_likelihood=self.fields["output"].value == _LOG_LIKELIHOOD,
            keeps_source=self.fields["keep_source"].value,
        )

    def taken(self) -> tuple[Any, RestoreJob]:
        """Take down the layer, and all settings."""
        return self.source.layer, self.job()

    def _parts(self, layer: Any, axes: str) -> tuple[Part, ...]:
        parts = []
        for name, rows in self.degradations.chosen():
            kind = DEGRADATIONS[name]
            options, arrays = split_layers(kind, rows.value, layer, axes)
            parts.append(Part(name=name, options=options, arrays=arrays))
        if not parts:
            raise InputError("Choose what happened to the image first.")
        return tuple(parts)

    def _follow_source(self) -> None:
        self.measured.forget()
        self.task.show_diagnosis(())
        if (layer := self.source.layer) is not None:
            self.fields["prior"].name_auto(has_colours(layer))
            self._set_steps(layer)
        self.changed.emit()

    def _set_steps(self, layer: Any) -> None:
        """Let the arrows of the noise levels take steps that suit the intensities."""
        low, high = layer.contrast_limits
        integer = np.dtype(layer.dtype).kind in "iu"
        self.degradations.set_step(1.0 if integer else (high - low) / 100)


def _type_choice(dtype: str | None) -> Choice:
    choice = Choice(labels=_TYPES, **_row("dtype", "Result"))
    choice.value = dtype
    return choice


def _place() -> Place:
    return Place(question="Choose a folder", **_row("store", "Write to"))


def _row(name: str, label: str) -> dict[str, Any]:
    return {"name": name, "label": label, "tooltip": FIELD_TIPS.get(name, "")}
