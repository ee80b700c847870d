"""Fields for numbers: what is typed is taken, or refused so that it is seen."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_flowprior._widgets.fields import WRONG, Number

LEVEL = {"min": -1.0, "least": 0.0, "none": "auto"}
QUALITY = {"min": 0, "least": 1, "max": 100, "whole": True, "none": "auto"}
ANGLE = {"min": -360.0, "max": 360.0}


@pytest.fixture
def make(qtbot):
    """Make a field with a list of what it refused."""

    def make(**options):
        number = Number(**options)
        qtbot.addWidget(number.native)
        said = []
        number.refused.connect(said.append)
        return number, said

    return make


def press(number, text):
    """Type in place of what is there, but do not leave the field."""
    number.native.selectAll()
    QTest.keyClicks(number.native, text)


def enter(number, text):
    press(number, text)
    QTest.keyClick(number.native, Qt.Key.Key_Return)
    return number.value


TAKEN = [
    (LEVEL, "1e3", 1000),
    (LEVEL, "12,5", 12.5),
    (LEVEL, "0,125", 0.125),
    (LEVEL, "0", 0),
    (LEVEL, "auto", None),
    (QUALITY, "50", 50),
    (QUALITY, "1e1", 10),
    (ANGLE, "-90", -90),
]


@pytest.mark.parametrize(("options", "text", "wanted"), TAKEN)
def test_numbers_are_taken(make, options, text, wanted):
    number, said = make(**options)
    assert enter(number, text) == wanted
    assert said == []
    assert number.native.lineEdit().styleSheet() == ""


REFUSED = [
    (LEVEL, "-5", 0, "-5 is less than 0, so 0 was taken."),
    (LEVEL, "-0.5", 0, "-0.5 is less than 0, so 0 was taken."),
    (LEVEL, "-1", 0, "-1 is less than 0, so 0 was taken."),
    (LEVEL, "1,000", 7, "1,000 is no number, so 7 was kept."),
    (LEVEL, "12x", 7, "12x is no number, so 7 was kept."),
    (LEVEL, "-", 7, "- is no number, so 7 was kept."),
    (LEVEL, "nan", 7, "nan is no number, so 7 was kept."),
    (QUALITY, "0", 1, "0 is less than 1, so 1 was taken."),
    (QUALITY, "101", 100, "101 is more than 100, so 100 was taken."),
    (QUALITY, "7.6", 8, "7.6 is no whole number, so 8 was taken."),
    (ANGLE, "400", 360, "400 is more than 360, so 360 was taken."),
]


@pytest.mark.parametrize(("options", "text", "wanted", "says"), REFUSED)
def test_what_is_no_such_number_is_refused(make, options, text, wanted, says):
    number, said = make(**options)
    number.value = 7
    press(number, text)
    assert number.native.text() == text
    assert number.native.lineEdit().styleSheet() == WRONG
    assert enter(number, text) == wanted
    assert said == [says]
    assert number.native.lineEdit().styleSheet() == ""


def test_none_is_kept_too(make):
    number, said = make(**LEVEL)
    assert enter(number, "much") is None
    assert number.native.text() == "auto"
    assert said == ["much is no number, so auto was kept."]


def test_a_number_can_be_typed_beside_the_word_for_none(make):
    number, _ = make(**LEVEL)
    number.native.lineEdit().end(False)
    QTest.keyClicks(number.native, "7")
    QTest.keyClick(number.native, Qt.Key.Key_Return)
    assert (number.value, number.native.text()) == (7, "7")


@pytest.mark.parametrize(("options", "wanted"), [(LEVEL, None), (ANGLE, 3)])
def test_an_emptied_field(make, options, wanted):
    number, said = make(**options)
    number.value = 3
    number.native.selectAll()
    QTest.keyClick(number.native, Qt.Key.Key_Delete)
    QTest.keyClick(number.native, Qt.Key.Key_Return)
    assert number.value == wanted
    assert said == ([] if wanted is None else ["Nothing is no number, so 3 was kept."])


def test_the_status_says_what_was_refused(viewer, make_widget, image):
    viewer.add_image(image)
    widget = make_widget(viewer)
    number = widget.form.degradations.rows["noise"].editors["sigma"].number
    enter(number, "-3")
    assert widget.status == "-3 is less than 0, so 0 was taken."
    enter(number, "3")
    assert widget.status == ""
