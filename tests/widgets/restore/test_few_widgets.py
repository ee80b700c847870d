"""Only the rows that are wanted exist, and they behave as if they always had."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QWidget

from napari_flowprior._widgets import RestoreDock, RestoreWidget
from napari_flowprior.restoration import DEGRADATIONS


@pytest.fixture
def widget(qtbot, viewer, image):
    viewer.add_image(image)
    widget = RestoreWidget(viewer)
    qtbot.addWidget(widget)
    return widget


def existing(form):
    rows = form.degradations.rows
    return {name for name in DEGRADATIONS if rows[name].exist}


def shown(form, field):
    return field.native.isVisibleTo(form)


def test_a_dock_that_is_opened_has_few_widgets(widget):
    assert len(widget.findChildren(QWidget)) < 130


def made(form):
    return [name for name, field in form.late.fields.items() if field.exists]


def test_advanced_rows_are_made_when_they_are_unfolded(qtbot, widget):
    form = widget.form
    widget.estimator = "map"
    form.job()
    assert made(form) == []
    form._section.button.click()
    assert made(form) == list(form.late.fields)
    editors = form.estimators.rows["map"].editors.values()
    fields = [field.native for field in (*editors, *form.late.fields.values())]
    widget.resize(300, 1200)
    widget.show()

    def go_down():
        tops = [field.mapTo(form, QPoint()).y() for field in (*fields, form.adapt)]
        return tops == sorted(set(tops))

    qtbot.waitUntil(go_down)
    # Once more changes nothing.
    form._section.button.click()
    form._section.button.click()
    qtbot.waitUntil(go_down)


def test_an_estimator_needs_no_rows_while_they_are_folded(widget):
    rows = widget.form.estimators.rows
    widget.estimator = "hqs"
    assert not rows["hqs"].exist
    assert widget.estimator_options["steps"] > 0
    widget.estimator = "map"
    widget.form._section.button.click()
    assert rows["map"].exist
    assert not rows["hqs"].editors["steps"].native.isVisibleTo(widget.form)


def test_advanced_settings_are_kept_before_they_are_unfolded(qtbot, viewer, image):
    viewer.add_image(image)
    first = RestoreDock(viewer)
    qtbot.addWidget(first)
    first.set(tile=64, white=0.9, dtype="float32")
    assert made(first.form) == ["tile", "white", "dtype"]
    first.close()
    second = RestoreDock(viewer)
    qtbot.addWidget(second)
    assert made(second.form) == ["tile", "white", "dtype"]
    second.form._section.button.click()
    assert (second.tile, second.white, second.dtype) == (64, 0.9, "float32")
    assert (second.overlap, second.black, second.store) == (None, None, "")


def test_rows_are_made_when_they_are_shown(widget):
    form = widget.form
    assert existing(form) == set()
    widget.degradation = "blur"
    assert existing(form) == {"blur"}
    editors = form.degradations.rows["blur"].editors.values()
    assert all(shown(form, editor) for editor in editors)
    widget.degradation = "auto"
    assert not any(shown(form, editor) for editor in editors)


def test_what_has_no_options_leaves_no_gap(widget):
    form = widget.form
    assert form.degradation_options == {}
    above, prior = form.task, form.fields["prior"].native
    widget.show()
    gap = prior.y() - above.geometry().bottom() - 1
    assert gap == form.layout().verticalSpacing()


def test_rows_that_are_asked_for_stay_hidden(widget):
    editors = widget.form.degradations.rows["jpeg"].editors.values()
    assert not any(shown(widget.form, editor) for editor in editors)


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_rows_follow_the_choice(widget, name):
    form = widget.form
    widget.degradation = "compose"
    widget.degradation = name
    choice, own = form.degradations.choice, form.degradations.rows[name]
    after = list(form.rows)[form.rows.index(choice) + 1 :]
    below = [field for field in after if shown(form, field)]
    editors = list(own.editors.values())
    assert not editors or list(below[0]) == editors
    assert below[bool(editors)] is form.fields["prior"]


def test_steps_follow_each_other(widget):
    form = widget.form
    parts = [{"name": "blur", "gaussian": 1.0}, {"name": "noise", "sigma": 2.0}]
    widget.degradation = "compose"
    widget.degradation_options = {"parts": parts}
    steps = form.degradations.rows["compose"]
    fields = [steps.choices[0], *steps._rows[0]["blur"].editors.values()]
    fields += [steps.choices[1], *steps._rows[1]["noise"].editors.values()]
    fields += [steps.choices[2]]
    widget.show()
    tops = [field.native.mapTo(form, QPoint()).y() for field in fields]
    assert tops == sorted(set(tops))
    assert all(shown(form, field) for field in fields)


def test_changes_of_rows_that_came_later_are_told(qtbot, widget):
    widget.degradation = "blur"
    with qtbot.waitSignal(widget.form.changed):
        widget.degradation_options = {"gaussian": 2.0}
    count = []
    widget.form.changed.connect(lambda: count.append(1))
    widget.degradation_options = {"gaussian": 3.0}
    assert len(count) == 1


def test_wrong_numbers_in_rows_that_came_later_are_told(qtbot, widget):
    widget.degradation = "blur"
    number = widget.form.degradations.rows["blur"].editors["gaussian"]
    with qtbot.waitSignal(widget.form.refused):
        number.native.lineEdit().setText("wide")
        number.native.interpretText()
        number.native.editingFinished.emit()


def test_the_step_of_the_arrows_suits_the_image(viewer, widget, image):
    viewer.layers[0].contrast_limits = (0, 2)
    widget.layer = viewer.add_image(255 * image, contrast_limits=(0, 200))
    widget.degradation = "noise"
    level = widget.form.degradations.rows["noise"].editors["sigma"].number
    assert level.step == pytest.approx(2)


def test_what_was_kept_is_there_when_rows_are(qtbot, viewer):
    first = RestoreDock(viewer)
    qtbot.addWidget(first)
    first.degradation, first.estimator = "jpeg", "hqs"
    first.degradation_options, first.estimator_options = {"quality": 30}, {"steps": 5}
    first.degradation, first.estimator = "blur", "auto"
    first.close()
    second = RestoreDock(viewer)
    qtbot.addWidget(second)
    assert not second.form.degradations.rows["jpeg"].exist
    # A dock that never showed them keeps them, too.
    second.close()
    third = RestoreDock(viewer)
    qtbot.addWidget(third)
    third.degradation, third.estimator = "jpeg", "hqs"
    assert third.degradation_options == {"quality": 30}
    assert third.estimator_options["steps"] == 5


def test_the_tab_key_reaches_them_in_their_order(qtbot, widget):
    widget.show()
    qtbot.waitExposed(widget)
    widget.degradation = "noise"
    widget.activateWindow()
    choice = widget.form.degradations.choice.native
    choice.setFocus()
    qtbot.waitUntil(choice.hasFocus)
    qtbot.keyClick(choice, Qt.Key.Key_Tab)
    level = widget.form.degradations.rows["noise"].editors["sigma"]
    assert level.native.isAncestorOf(widget.focusWidget())
