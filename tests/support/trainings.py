"""A training without an engine: steps that take as long as one likes."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior import Run
from napari_flowprior.training import (
    DataSummary,
    HeldOutFigures,
    Pictures,
    StepFigures,
    TrainEvent,
    TrainOutputs,
    TrainPlan,
    TrainResult,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.training import TrainJob

EVERY = 5
PATIENCE = 20_000  # milliseconds
SUMMARY = DataSummary(images=2, planes=3, patches=120, skipped=(("a.png", "is cut"),))
PLAN = TrainPlan(
    parameters=1_400_000,
    memory=2**29,
    device="cpu",
    precision="float32",
    steps=600,
    batch_size=16,
    warnings=("The prior knows no noise levels.",),
)


@dataclass
class FakeTraining:
    """Takes the place of ``iter_train``; remembers its jobs.

    Parameters
    ----------
    prior : Path
        File that it writes as its prior.
    """

    prior: Path
    seconds: float = 0.005
    every: int = EVERY
    steps: int = 10
    error: Exception | None = None
    error_at_end: Exception | None = None
    error_at: int = 3
    jobs: list[Any] = field(default_factory=list)
    adapted: Any = None

    def __call__(self, job: TrainJob) -> Run[TrainEvent, TrainResult]:
        return Run(self._train(job))

    def _train(self, job: TrainJob) -> Generator[TrainEvent, None, TrainResult]:
        self.jobs.append(job)
        outputs = TrainOutputs(job.out)
        outputs.check(resume=job.resume, overwrite=job.overwrite)
        first = int(outputs.checkpoint.read_text()) if job.resume else 0
        if not first:
            outputs.start_metrics(0)
        yield TrainEvent(phase="reading", done=1, total=2, message="Reading a.png")
        yield TrainEvent(phase="reading", done=2, total=2, data=SUMMARY)
        yield TrainEvent(phase="training", done=first, total=self.steps, plan=PLAN)
        step = first
        try:
            for step in range(first + 1, self.steps + 1):
                time.sleep(self.seconds)
                if self.error is not None and step == self.error_at:
                    raise self.error
                yield self._event(outputs, step)
            return self._result(outputs, step)
        finally:
            if self.error_at_end is not None:
                raise self.error_at_end
            if step:
                outputs.checkpoint.write_text(str(step))
                shutil.copyfile(self.prior, outputs.prior)

    def _event(self, outputs: TrainOutputs, step: int) -> TrainEvent:
        figures = StepFigures(
            step=step,
            steps=self.steps,
            loss=3.0,
            bits_per_dim=5 - step / 100,
            gradient_norm=1.0,
            learning_rate=1e-4,
            skipped=0,
            seconds=step * self.seconds,
        )
        held_out = None
        if step % self.every == 0:
            held_out = HeldOutFigures(
                step=step, bits_per_dim=4 - step / 100, denoising_psnr=25 + step / 10
            )
        outputs.add_metrics(figures, held_out)
        return TrainEvent(
            phase="training",
            done=step,
            total=self.steps,
            step=figures,
            held_out=held_out,
            pictures=pictures() if held_out else None,
        )

    def _result(self, outputs: TrainOutputs, step: int) -> TrainResult:
        return TrainResult(
            prior=outputs.prior,
            checkpoint=outputs.checkpoint,
            metrics=outputs.metrics,
            step=step,
            steps=self.steps,
            best=None,
            seconds=1.0,
            adapted=self.adapted,
        )


def pictures(channels: int = 1) -> Pictures:
    """Random pictures."""
    rng = np.random.default_rng(0)
    patch = rng.random((channels, 8, 8))
    return Pictures(
        clean=patch,
        noisy=patch,
        restored=patch,
        samples=rng.random((6, channels, 8, 8)),
    )


def enabled(widget):
    return {name for name, each in widget._bar.buttons.items() if each.isEnabled()}


def wait_for_step(qtbot, widget):
    qtbot.waitUntil(lambda: "Step" in widget.status, timeout=PATIENCE)


def stop(qtbot, widget):
    with qtbot.waitSignal(widget.finished, timeout=2000) as signal:
        widget.stop()
    return signal.args[0]
