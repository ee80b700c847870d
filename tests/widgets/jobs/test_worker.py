"""The worker: it ends whatever happens, and stops when asked."""

from __future__ import annotations

import gc
import threading
import time
from weakref import ref

import pytest
from running import run_python

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.jobs import Failure, start_job


@pytest.fixture
def start(qtbot):
    """Start a job; return its worker and lists of what it emitted."""

    def start(job, *args, keeps=None):
        seen = {name: [] for name in ("yielded", "returned", "finished")}
        connect = {
            "yielded": seen["yielded"].append,
            "returned": seen["returned"].append,
            "finished": lambda: seen["finished"].append(worker.outcome),
        }
        worker = start_job(
            job, *args, description="a test", connect=connect, keeps=keeps
        )
        return worker, seen

    return start


def wait(qtbot, seen):
    qtbot.waitUntil(lambda: bool(seen["finished"]), timeout=5000)


def test_result(qtbot, start):
    def job(number):
        yield "event"
        return number + 1

    _, seen = start(job, 1)
    wait(qtbot, seen)
    assert seen == {"yielded": ["event"], "returned": [2], "finished": [2]}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            RuntimeError("CUDA\nlong story"),
            "The computation failed (RuntimeError): CUDA",
        ),
        (KeyError(), "The computation failed (KeyError): no reason is known"),
        (InputError("Pass an image."), "Pass an image."),
    ],
)
def test_every_error_is_a_failure(qtbot, start, error, message):
    def job():
        yield
        raise error

    worker, seen = start(job)
    wait(qtbot, seen)
    assert seen["returned"] == [Failure(message)]
    assert not worker.is_running


def test_quit_closes_the_generator_in_its_thread(qtbot, start):
    closed = []

    def job():
        try:
            while True:
                time.sleep(0.001)
                yield
        finally:
            closed.append(threading.current_thread())

    worker, seen = start(job)
    qtbot.waitUntil(lambda: bool(seen["yielded"]))
    worker.quit()
    wait(qtbot, seen)
    assert seen["returned"] == []
    assert closed != []
    assert closed[0] is not threading.main_thread()


def test_events_are_throttled(qtbot, start):
    def job():
        for number in range(2000):
            time.sleep(0.0005)
            yield number

    _, seen = start(job)
    started = time.monotonic()
    wait(qtbot, seen)
    assert seen["yielded"][:2] == [0, 1]
    assert len(seen["yielded"]) < 10 * (time.monotonic() - started) + 10


def test_events_that_are_kept(qtbot, start):
    def job():
        yield from range(1000)

    _, seen = start(job, keeps=lambda event: event % 100 == 99)
    wait(qtbot, seen)
    kept = [number for number in seen["yielded"] if number % 100 == 99]
    assert kept == list(range(99, 1000, 100))
    assert len(seen["yielded"]) < 100


def test_failure_at_the_end_of_a_cancelled_job_is_known(qtbot, start):
    def job():
        try:
            while True:
                time.sleep(0.001)
                yield
        finally:
            raise InputError("The disk is full.")

    worker, seen = start(job)
    qtbot.waitUntil(lambda: bool(seen["yielded"]))
    worker.quit()
    wait(qtbot, seen)
    assert seen["finished"] == [Failure("The disk is full.")]


def test_jobs_end_in_order_where_a_script_ends(tmp_path):
    said = run_python("-c", _SCRIPT, cwd=tmp_path)
    assert said.split() == ["begun", "saved"]


_SCRIPT = """
import time
from qtpy.QtWidgets import QApplication
from napari_flowprior._widgets.jobs import start_job

def job():
    print("begun", flush=True)
    try:
        while True:
            time.sleep(0.01)
            yield
    finally:
        print("saved", flush=True)

app = QApplication([])
start_job(job, description="a test", connect={})
time.sleep(0.3)
"""


def test_error_while_it_is_cancelled(qtbot, start):
    def job():
        try:
            while True:
                time.sleep(0.001)
                yield
        finally:
            raise RuntimeError("cannot clean up")

    worker, seen = start(job)
    qtbot.waitUntil(lambda: bool(seen["yielded"]))
    worker.quit()
    wait(qtbot, seen)
    assert seen["returned"] == []


def test_napari_keeps_nothing_of_a_job_that_is_over(qtbot, make_napari_viewer, start):
    viewer = make_napari_viewer()

    class Image:
        pass

    def job(image):
        yield image

    image = Image()
    kept = ref(image)
    worker, seen = start(job, image)
    wait(qtbot, seen)
    assert viewer.window._task_status_manager._tasks
    seen.clear()
    del image, worker
    qtbot.waitUntil(lambda: gc.collect() >= 0 and kept() is None, timeout=5000)
