"""Forms are containers of magicgui, whose fields are made for what they hold."""

from __future__ import annotations

import pytest
from magicgui.widgets import ComboBox, LineEdit, create_widget
from qtpy.QtWidgets import QLabel

from napari_flowprior._options import options
from napari_flowprior._widgets.fields import (
    Axes,
    AxesEdit,
    Choice,
    Level,
    NoiseLevel,
    Number,
    Rows,
    option_field,
    toggle,
)
from napari_flowprior._widgets.layers import ChosenLayer, LayerChoice, is_image
from napari_flowprior.restoration import DEGRADATIONS, ESTIMATORS

KINDS = {**DEGRADATIONS, **ESTIMATORS}


@pytest.fixture
def rows(qtbot):
    rows = Rows()
    qtbot.addWidget(rows.native)
    rows.append(Number(name="steps", label="Steps", tooltip="How many"))
    rows.append(toggle(name="log_det", label="With the determinant"))
    return rows


def labels(rows):
    return [label.text() for label in rows.native.findChildren(QLabel)]


TYPES = {Level: NoiseLevel, Axes: AxesEdit}


@pytest.mark.parametrize("annotation", TYPES)
def test_magicgui_knows_what_it_has_no_widget_for(qtbot, annotation):
    field = create_widget(annotation=annotation)
    qtbot.addWidget(field.native)
    assert type(field) is TYPES[annotation]


def test_magicgui_knows_layers(qtbot, viewer, image):
    layer = viewer.add_image(image)
    how = {"viewer": viewer, "suits": is_image}
    field = create_widget(annotation=ChosenLayer, options=how)
    qtbot.addWidget(field.native)
    assert isinstance(field, LayerChoice)
    assert field.value is layer


def test_other_plugins_get_the_widgets_of_magicgui(qtbot):
    field = create_widget(annotation=float)
    qtbot.addWidget(field.native)
    assert not isinstance(field, Number)
    choice = ComboBox(choices=["a"])
    qtbot.addWidget(choice.native)
    assert not isinstance(choice, Choice)


@pytest.mark.parametrize("name", KINDS)
def test_fields_have_the_defaults_of_their_options(qtbot, name):
    for option in options(KINDS[name]):
        if option.array is None:
            field = option_field(option)
            qtbot.addWidget(field.native)
            assert (field.name, field.label) == (option.name, option.label)
            assert option.required or field.value == option.default


def test_values_by_name(rows):
    rows.steps.value = 7
    assert rows.asdict() == {"steps": 7, "log_det": False}
    rows.update(steps=8, log_det=True)
    assert rows.asdict() == {"steps": 8, "log_det": True}


def test_changes_and_refusals_are_told_once_however_deep(rows):
    inner, changes, refusals = Rows(), [], []
    rows.changed.connect(changes.append)
    rows.refused.connect(refusals.append)
    rows.append(inner)
    inner.append(create_widget(annotation=Level, name="sigma"))
    inner.sigma.value = 3
    assert changes == [rows]
    box = inner.sigma.number.native
    box.lineEdit().setText("-1")
    box.interpretText()
    box.editingFinished.emit()
    assert refusals == ["-1 is less than 0, so 0 was taken."]


def test_labels_say_what_fields_are_for(rows):
    assert labels(rows) == ["Steps", "With the determinant"]
    steps = rows.steps
    assert rows.label_of(steps).toolTip() == steps.tooltip == "How many"
    assert steps.native.accessibleName() == "Steps"
    assert rows.log_det.native.text() == ""


def test_rows_go_with_their_labels(qtbot, rows):
    rows.insert(1, LineEdit(name="line", label="Line"))
    layout = rows.native.layout()
    assert [layout.getWidgetPosition(field.native)[0] for field in rows] == [0, 1, 2]
    rows.show_row(rows.line, False)
    assert rows.label_of(rows.line).isHidden()
    line = rows.line
    rows.remove(line)
    qtbot.addWidget(line.native)
    qtbot.waitUntil(lambda: labels(rows) == ["Steps", "With the determinant"])
    assert layout.rowCount() == 2
