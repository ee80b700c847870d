"""Fields that are made when they are wanted behave as if they always had been there."""

from __future__ import annotations

from functools import partial

import pytest
from magicgui.widgets import LineEdit

from napari_flowprior._errors import InputError
from napari_flowprior._options import options
from napari_flowprior._widgets.fields import Choice, LateRows, Rows
from napari_flowprior.restoration import RunOptions

KINDS = {None: "as input", "float32": "float32"}


@pytest.fixture
def rows(qtbot):
    rows = Rows()
    qtbot.addWidget(rows.native)
    return rows


@pytest.fixture
def late(rows):
    late = LateRows(rows)
    for option in options(RunOptions):
        late.add_option(option)
    late.add("dtype", None, lambda: Choice(labels=KINDS, name="dtype", label="Result"))
    late.add("store", "", lambda: LineEdit(name="store", label="Write to"))
    return late


def names(rows):
    layout = rows.native.layout()
    places = [layout.getWidgetPosition(field.native)[0] for field in rows]
    assert places == sorted(places)
    return [field.name for field in rows]


def test_reading_makes_nothing(rows, late):
    before = {name: field.value for name, field in late.fields.items()}
    assert len(rows) == 0
    assert before == {name: field.widget.value for name, field in late.fields.items()}
    assert len(rows) == len(before)


def test_setting_what_is_so_anyway_makes_nothing(rows, late):
    for field in late.fields.values():
        field.value = field.value
    assert len(rows) == 0


def test_one_that_is_set_is_made_and_tells(rows, late):
    told = []
    rows.changed.connect(told.append)
    late.fields["overlap"].value = 8
    assert names(rows) == ["overlap"]
    assert late.fields["overlap"].value == 8
    assert told == [rows]


@pytest.mark.parametrize("value", [-3, "big", True])
def test_what_cannot_be_is_refused_at_once(late, value):
    with pytest.raises(InputError):
        late.fields["tile"].value = value
    assert late.fields["tile"].value is None


def test_they_come_in_their_order_whenever_they_are_made(rows, late):
    for name in ("dtype", "overlap", "black", "tile"):
        assert late.fields[name].native.accessibleName()
    assert names(rows) == ["tile", "overlap", "black", "dtype"]
    late.make()
    assert names(rows) == list(late.fields)


def test_others_may_come_before_them(rows, late):
    late.fields["white"].native.show()
    rows.insert(0, LineEdit(name="steps", label="Steps"))
    late.make()
    assert names(rows) == ["steps", *late.fields]


def test_what_was_set_is_there_when_they_are_made(late):
    late.fields["black"].value = 2.5
    late.make()
    assert late.fields["black"].widget.value == 2.5


def test_locked_ones_are_made_locked(late):
    for field in late.fields.values():
        field.enabled = False
    late.make()
    assert not any(field.native.isEnabled() for field in late.fields.values())
    late.fields["tile"].enabled = True
    assert late.fields["tile"].native.isEnabled()


def test_hidden_ones_stay_hidden(rows, late):
    late.fields["dtype"].value = "float32"
    for name in ("dtype", "store"):
        late.show_row(name, False)
    late.make()
    assert not late.fields["store"].exists
    late.fields["store"].value = "results"
    for name in ("dtype", "store"):
        assert late.fields[name].native.isHidden()
        assert rows.label_of(late.fields[name].widget).isHidden()
    assert late.fields["store"].value == "results"
    assert not late.fields["tile"].native.isHidden()
    late.show_row("store", True)
    assert not late.fields["store"].native.isHidden()


def test_one_that_is_to_be_seen_is_made(late):
    late.show_row("overlap", False)
    assert not late.fields["overlap"].exists
    late.show_row("overlap", True)
    assert not late.fields["overlap"].native.isHidden()


def test_they_come_after_a_field(rows):
    rows.extend([LineEdit(name="first"), LineEdit(name="last")])
    late = LateRows(rows, rows.first)
    for name in ("one", "two", "three"):
        late.add(name, "", partial(LineEdit, name=name))
    for name in ("two", "three", "one"):
        late.show_row(name, True)
        late.fields[name].value = "text"
    assert names(rows) == ["first", "one", "two", "three", "last"]
