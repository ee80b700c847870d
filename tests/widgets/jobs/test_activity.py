"""What napari shows of a job, however busy the machine is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from napari._qt.widgets.qt_progress_bar import QtLabeledProgressBar
from napari.utils import progress
from qtpy.QtCore import QObject, Qt, QTimer, Signal

from napari_flowprior._widgets.jobs import Latest
from napari_flowprior._widgets.jobs._activity import Activity

MANY = 2000


class Job(QObject):
    """Events that wait in the queue of Qt, as those of a thread do."""

    happened = Signal(object)
    ended = Signal()

    def __init__(self, activity):
        super().__init__()
        self.activity = activity
        self.depth = self.deepest = 0
        queued = Qt.ConnectionType.QueuedConnection
        self.happened.connect(self.take, queued)
        self.ended.connect(activity.end, queued)

    def take(self, event):
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        self.activity.show_event(event)
        self.depth -= 1

    def happen(self, first, last):
        for done in range(first, last):
            self.happened.emit(SimpleNamespace(done=done, total=MANY))


@pytest.fixture
def activity(qtbot):
    activity = Activity("a test", print, lambda event: (event.done, event.total))
    qtbot.waitUntil(lambda: activity.bar is not None)
    yield activity
    activity.end()


@pytest.fixture
def bar(qtbot, activity):
    """What napari makes of it: a bar that processes events whenever it moves."""
    bar = QtLabeledProgressBar(prog=activity.bar)
    qtbot.addWidget(bar)
    activity.bar.events.total.connect(lambda event: bar.setRange(0, event.value))
    activity.bar.events.value.connect(lambda event: bar.setValue(event.value))
    return bar


def test_events_are_not_shown_inside_each_other(qtbot, activity, bar):
    job = Job(activity)
    moves = []
    activity.bar.events.value.connect(lambda event: moves.append(event.value))
    job.happen(0, 10)
    qtbot.waitUntil(lambda: bar.qt_progress_bar.value() == 9)
    # All of these wait while the bar processes events.
    job.happen(10, MANY)
    qtbot.waitUntil(lambda: bar.qt_progress_bar.value() == MANY - 1)
    assert job.deepest == 1
    assert len(moves) < 10


def test_the_end_arrives_while_the_bar_moves(qtbot, activity, bar):
    job = Job(activity)
    activity.bar.events.total.connect(lambda event: job.happen(10, MANY))
    activity.bar.events.total.connect(lambda event: job.ended.emit())
    job.happen(0, 1)
    with qtbot.waitSignal(job.ended):
        pass
    qtbot.waitUntil(lambda: activity.bar.disable)
    assert job.deepest == 1


def test_what_has_ended_before_it_is_shown_is_not_shown(qtbot):
    activity = Activity("a test", print, lambda event: None)
    activity.end()
    qtbot.wait(50)
    assert activity.bar is None


def test_it_ends_while_napari_makes_the_bar(qtbot):
    activity = Activity("a test", print, lambda event: None)

    def end(event):
        activity.end()

    progress._all_instances.events.changed.connect(end)
    qtbot.waitUntil(lambda: activity.bar is not None)
    progress._all_instances.events.changed.disconnect(end)
    assert activity.bar not in progress._all_instances


def test_latest_is_not_shown_inside_itself(qtbot):
    parent, shown, depth = QObject(), [], 0

    def show():
        nonlocal depth
        depth += 1
        shown.append(depth)
        if len(shown) == 1:
            latest.note()
            qtbot.wait(250)
        depth -= 1

    latest = Latest(show, parent)
    latest.note()
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert shown == [1, 1]


def test_latest_is_shown_ten_times_a_second(qtbot):
    parent, shown = QObject(), []
    latest = Latest(lambda: shown.append(True), parent)
    timer = QTimer()
    timer.timeout.connect(latest.note)
    timer.start(5)
    qtbot.wait(1000)
    timer.stop()
    assert 2 <= len(shown) <= 10
    latest.note()
    latest.stop()
    before = len(shown)
    qtbot.wait(200)
    assert len(shown) == before
