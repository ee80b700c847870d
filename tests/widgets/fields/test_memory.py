"""Settings that outlive a widget, and files of them that are damaged."""

from __future__ import annotations

import json

import pytest
from qtpy.QtCore import QObject, Signal

from napari_flowprior._widgets.fields import Keeper, Number, _memory, put, recalled
from napari_flowprior._widgets.fields._memory import settings_file

DAMAGED = [
    "",
    "{",
    "[]",
    "7",
    '{"version": 0, "restore": {"tile": 8}}',
    '{"version":1}',
]


class Widget(QObject):
    changed = Signal()


@pytest.fixture
def settings():
    return {"tile": 8, "sigma": 3}


@pytest.fixture
def widget(qapp):
    return Widget()


@pytest.fixture
def keeper(widget, settings):
    def lasting(whole):
        return {"tile": whole["tile"]}

    return Keeper("restore", lambda: dict(settings), lasting, widget.changed, widget)


def forget_session(monkeypatch):
    monkeypatch.setattr(_memory, "_session", {})


def test_nothing_is_kept_at_first():
    assert recalled("restore") == {}
    assert not settings_file().exists()


def test_all_in_this_session_and_a_part_in_the_next(keeper, settings, monkeypatch):
    keeper.keep()
    assert recalled("restore") == settings
    forget_session(monkeypatch)
    assert recalled("restore") == {"tile": 8}
    assert recalled("train") == {}


def test_changes_are_kept_soon(qtbot, widget, keeper):
    widget.changed.emit()
    assert not settings_file().exists()
    qtbot.waitUntil(settings_file().exists, timeout=2000)


def test_settings_of_others_stay(keeper, monkeypatch):
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text('{"version": 1, "train": {"minutes": 9}}')
    keeper.keep()
    forget_session(monkeypatch)
    assert recalled("train") == {"minutes": 9}
    assert json.loads(settings_file().read_text())["restore"] == {"tile": 8}


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_counts_as_none(keeper, text, monkeypatch):
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(text)
    assert recalled("restore") == {}
    keeper.keep()
    forget_session(monkeypatch)
    assert recalled("restore") == {"tile": 8}


def test_a_part_of_the_wrong_kind_counts_as_none():
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text('{"version": 1, "restore": [1]}')
    assert recalled("restore") == {}


def test_a_folder_that_cannot_be_made(keeper, settings, user_data, caplog):
    user_data.write_text("in the way")
    keeper.keep()
    assert recalled("restore") == settings
    assert "cannot be kept" in caplog.text


@pytest.mark.parametrize("value", ["many", None, [], -4, 1e12])
def test_values_that_make_no_sense_are_passed_over(qtbot, value):
    number = Number(min=0, max=100)
    qtbot.addWidget(number.native)
    number.value = 7
    put(number, value)
    assert number.value == 7
