"""Curves, pace and sentences of a training."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trainings import PLAN, SUMMARY

from napari_flowprior._widgets.train import _pace
from napari_flowprior._widgets.train._pace import Pace
from napari_flowprior._widgets.train._texts import (
    about_data,
    about_end,
    about_plan,
    about_progress,
)
from napari_flowprior._widgets.train.figures._curves import Curve, Curves
from napari_flowprior.training import (
    HeldOutFigures,
    StepFigures,
    TrainEvent,
    TrainOutputs,
)


def figures(step, steps=100, bits=4.5, **more):
    given = {"loss": 1.0, "gradient_norm": 1.0, "learning_rate": 1e-4, "skipped": 0}
    given |= {"seconds": step / 2, **more}
    return StepFigures(step=step, steps=steps, bits_per_dim=bits, **given)


def held_out(step, psnr=30.0):
    return HeldOutFigures(step=step, bits_per_dim=4.0, denoising_psnr=psnr)


def event(step, steps=100, *, validated=False, bits=4.5):
    return TrainEvent(
        phase="training",
        done=step,
        total=steps,
        step=figures(step, steps, bits),
        held_out=held_out(step) if validated else None,
    )


# --- curves


def test_figures_of_events_become_points():
    curves = Curves()
    assert not curves
    curves.add(TrainEvent(phase="reading", done=0, total=3))
    assert not curves
    curves.add(event(1))
    curves.add(event(2, validated=True))
    curves.add(event(3, bits=float("nan")))
    assert curves
    assert curves.training == Curve([1, 2], [4.5, 4.5], _seen=2)
    assert (curves.held_out.steps, curves.psnr.values) == ([2], [30.0])


def test_steps_that_are_taken_again_replace_the_old_ones():
    curve = Curve()
    for step in (1, 2, 3, 4, 3, 4):
        curve.add(step, float(step))
    assert curve.steps == [1, 2, 3, 4]


@given(st.integers(1, 20_000))
def test_long_curves_are_thinned_out(number):
    curve = Curve()
    for step in range(1, number + 1):
        curve.add(step, step / 10)
    assert len(curve.steps) <= 2000
    assert curve.values == [step / 10 for step in curve.steps]
    assert curve.steps == sorted(set(curve.steps))
    assert curve.steps[-1] > number * 0.99 - 1


def test_table_of_a_training(tmp_path):
    outputs = TrainOutputs(tmp_path / "prior.safetensors")
    outputs.start_metrics(0)
    outputs.add_metrics(figures(1), None)
    outputs.add_metrics(figures(2), held_out(2, psnr=None))
    outputs.add_metrics(figures(3), held_out(3))
    curves = Curves.read(outputs.metrics)
    assert curves.training.steps == [1, 2, 3]
    assert (curves.held_out.steps, curves.psnr.steps) == ([2, 3], [3])


@pytest.mark.parametrize(
    "text", ["", "step\n", "a,b\n1,2\n", "\x00\xff", "step,bits_per_dim\nx,4\n3\n"]
)
def test_odd_tables_are_empty_curves(tmp_path, text):
    path = tmp_path / "odd.csv"
    path.write_bytes(text.encode("latin-1"))
    assert not Curves.read(path)
    assert not Curves.read(tmp_path / "gone.csv")


# --- pace


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(_pace.time, "monotonic", lambda: now[0])
    return now


def test_time_left(clock):
    pace = Pace()
    assert pace.seconds_left() is None
    for step in (1, 2, 3):
        clock[0] = step * 2.0
        pace.add(event(step))
    assert pace.seconds_left() == pytest.approx(2 * 97)
    assert pace.overall() == (3, 100)


def test_time_left_of_a_budget(clock):
    pace = Pace(minutes=1)
    for step in (1, 2):
        clock[0] = step * 10.0
        pace.add(event(step, steps=600))
    assert pace.seconds_left() == pytest.approx(50)
    clock[0] = 30.0
    pace.add(event(3, steps=6))
    assert pace.seconds_left() == pytest.approx(30)


def test_part_of_a_training():
    pace = Pace(every=20)
    assert pace.part()[1] == (0, 0)
    pace.add(TrainEvent(phase="reading", done=2, total=9))
    assert pace.part() == ("Reading: %v of %m", (2, 9))
    pace.add(event(5))
    assert pace.part() == ("Next validation: %p %", (5, 20))
    pace.add(TrainEvent(phase="validating", done=4, total=32))
    assert pace.part() == ("Validating: %v of %m", (4, 32))


def test_part_follows_the_validations():
    pace = Pace(minutes=1, every=50)
    pace.add(event(5, steps=80))
    assert pace.part()[1] == (5, 8)
    pace.add(event(10, steps=80, validated=True))
    pace.add(event(14, steps=80, validated=True))
    pace.add(event(15, steps=80))
    assert pace.part()[1] == (3, 4)


# --- sentences


def test_what_is_said_before_the_start():
    assert about_data(SUMMARY).splitlines()[1:] == ["Skipped a.png: is cut"]
    assert about_plan(PLAN).splitlines() == [
        "1.4 million parameters, 16 patches a step, about 512 MiB of memory, on cpu "
        "in float32.",
        "The prior knows no noise levels.",
    ]


def test_what_is_said_while_it_runs():
    assert about_progress(figures(7), None, None) == "Step 7 of 100: 4.500 bits/dim."
    said = about_progress(figures(7, skipped=2, bits=float("nan")), held_out(5), 12)
    assert said == (
        "Step 7 of 100, 12 s left. Held out: 4.000 bits/dim, 30.00 dB. "
        "2 steps skipped, as they were not finite."
    )


def test_what_is_said_at_the_end():
    done = about_end("p", figures(9), held_out(8, None), done=True, usable=True)
    assert done == (
        "Done after 9 steps. Best on held-out patches: 4.000 bits/dim (step 8). The "
        "prior p can be chosen in Restore."
    )
    kept = about_end("p", figures(9), held_out(0, None), done=True, usable=False)
    assert kept.startswith("Done after 9 steps. No step was better than the prior that")
    assert kept.endswith("so nothing was changed.")
    stopped = about_end("p", figures(9), None, done=False, usable=False)
    assert stopped == "Stopped after step 9 of 100. Resume goes on from here."
