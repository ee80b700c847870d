"""What a restoration will take, before it is run."""

from __future__ import annotations

import numpy as np
import pytest
from restoring import PATIENCE

from napari_flowprior._widgets.jobs import JobWorker, _estimate
from napari_flowprior._widgets.preview import crop, middle_region
from napari_flowprior._widgets.restore import _cost
from napari_flowprior._widgets.restore._cost import Cost, measure
from napari_flowprior._widgets.restore._job import RestoreJob
from napari_flowprior.restoration import RestoreEvent, RestoreResult


@pytest.fixture
def clock(monkeypatch):
    """A time that goes on only when it is told to."""

    class Clock:
        now = 0.0

    monkeypatch.setattr(_cost.time, "perf_counter", lambda: Clock.now)
    return Clock


@pytest.fixture
def slow(monkeypatch, clock):
    """Restorations that look for 2 s, and then take a second for 1000 values."""

    def compute(job):
        clock.now += 2
        yield RestoreEvent(done=0, total=1, message="Restoring")
        samples = job.sampling["samples"] if job.sampling else 1
        clock.now += job.image.size / 1000 * samples
        yield RestoreEvent(done=1, total=1, message="Restoring")
        told = {"device": "cpu", "estimator": {"name": job.estimator}}
        return RestoreResult(image=job.image, provenance=told)

    monkeypatch.setattr(_cost, "compute", compute)


def cost(shape, axes, **options):
    region = middle_region(shape, axes, 64)
    settings = {
        "path": None,
        "degradation": (),
        "estimator": "auto",
        "options": {"axes": axes},
        **options,
    }
    image = np.zeros(shape, np.uint16)
    job = RestoreJob(image=image, estimator_options={}, **settings)
    part = RestoreJob(
        image=crop(image, region, shape),
        estimator_options={},
        **settings,
    )
    run = measure(job, part, region)
    try:
        while True:
            next(run)
    except StopIteration as stop:
        return stop.value


@pytest.mark.parametrize(
    ("shape", "axes", "looks"),
    [
        ((500, 400), "YX", 1),
        ((5, 400, 300), "ZYX", 1),
        ((3, 400, 300), "CYX", 3),
        ((400, 300, 3), "YXS", 1),
        ((40, 30), "YX", 1),
    ],
)
def test_time_and_memory_follow_from_a_tile(slow, shape, axes, looks):
    found = cost(shape, axes)
    assert found.seconds == pytest.approx(2 * looks + np.prod(shape) / 1000)
    assert found.memory == pytest.approx(2 * np.prod(shape), abs=1)


@pytest.mark.parametrize(
    ("shape", "axes", "values"),
    [
        ((500, 400), "YX", 200_000),
        ((5, 400, 300), "ZYX", 120_000),
        ((400, 300, 3), "YXS", 360_000),
        ((4000, 4000), "YX", 1536**2),
    ],
)
def test_planes_take_memory_up_to_a_block(slow, shape, axes, values):
    options = {"axes": axes, "memory": 1.0}
    assert cost(shape, axes, estimator="mmse", options=options).work == 0
    assert cost(shape, axes, estimator="hqs", options=options).work == 300 * values
    sampled = cost(shape, axes, sampling={"samples": 8}, options=options)
    assert sampled.work == 300 * values


def test_work_and_result_must_fit_together():
    found = Cost(120, 2**30, "cpu", work=2**30)
    said, wrong = found.say(2**31)
    assert said.endswith("the result takes 1.0 GB, the work up to 1.0 GB.")
    assert not wrong
    assert found.say(2**31 - 1)[1]


def test_samples_are_counted(slow):
    found = cost((400, 300), "YX", sampling={"samples": 8})
    assert found.seconds == pytest.approx(2 + 8 * 120)


@pytest.mark.parametrize(
    ("size", "says"), [(5 * 2**30, "5.0 GB"), (300 * 2**20, "300 MB"), (90, "90 bytes")]
)
def test_it_is_said(size, says):
    said = f"About 2 min on cuda; the result takes {says}"
    assert Cost(120, size, "cuda").say(2**40) == (f"{said}.", False)
    text, wrong = Cost(120, size, "cuda").say(10)
    assert wrong
    assert text == f"{said}, and only 10 bytes of memory are free."


# --- in the dock


@pytest.fixture
def shown(qtbot, viewer, make_widget, image, monkeypatch):
    """A widget that is seen, with a layer of several tiles."""
    monkeypatch.setattr(_estimate, "_SETTLED", 50)
    viewer.add_image(np.tile(image, (8, 8)))
    widget = make_widget(viewer)
    widget.show()
    return widget


@pytest.mark.viewer
def test_it_is_said_before_run(qtbot, shown):
    with qtbot.waitSignal(shown._cost.found, timeout=PATIENCE) as signal:
        shown.degradation_options = {"sigma": 0.05}
    label = shown._bar.cost
    assert label.text() == signal.args[0].say(2**40)[0]
    assert "the result takes 480 kB" in label.text()
    assert not label.isHidden()
    shown.degradation_options = {"sigma": 0.06}
    assert label.isHidden()


@pytest.mark.viewer
def test_it_is_said_when_a_dock_comes_to_the_front(qtbot, shown):
    shown.hide()
    shown.degradation_options = {"sigma": 0.05}
    qtbot.waitUntil(lambda: not shown._cost._timer.isActive(), timeout=PATIENCE)
    assert shown._cost._worker is None
    with qtbot.waitSignal(shown._cost.found, timeout=PATIENCE):
        shown.show()


@pytest.mark.viewer
def test_it_is_about_right(qtbot, shown, run):
    shown.estimator = "map"
    with qtbot.waitSignal(shown._cost.found, timeout=PATIENCE) as signal:
        shown.estimator_options = {"steps": 10}
    told = signal.args[0].seconds
    took = run(shown).metadata["flowprior"]["seconds"]
    assert took / 4 < told < took * 4


@pytest.mark.viewer
def test_nothing_is_timed_while_something_else_is_computed(qtbot, shown):
    shown.estimator = "map"
    shown.estimator_options = {"steps": 10_000}
    shown.run()
    assert not shown._cost._timer.isActive()
    assert not shown._is_idle()
    shown.cancel()
    qtbot.waitUntil(lambda: not shown.running, timeout=PATIENCE)
    assert shown._is_idle()


@pytest.mark.viewer
def test_nothing_is_said_of_wrong_settings(qtbot, shown):
    shown.axes = "ZYX"
    qtbot.waitUntil(lambda: not shown._cost._timer.isActive(), timeout=PATIENCE)
    assert shown._cost._worker is None
    assert shown._bar.cost.isHidden()


@pytest.mark.viewer
def test_closed_while_a_tile_is_timed(qtbot, shown):
    shown.estimator = "map"
    shown.estimator_options = {"steps": 10_000}
    qtbot.waitUntil(lambda: shown._cost._worker is not None, timeout=PATIENCE)
    shown.close()
    assert shown._cost._worker is None
    qtbot.waitUntil(lambda: not JobWorker._worker_set, timeout=PATIENCE)
