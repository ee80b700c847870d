"""The loop of a training: steps, validations, files, and an orderly end."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from napari_flowprior._generators import Run
from napari_flowprior.priors import FlowPrior
from napari_flowprior.training._card import make_card, with_figures
from napari_flowprior.training._events import (
    HeldOutFigures,
    StepFigures,
    TrainEvent,
    TrainPlan,
    TrainResult,
)
from napari_flowprior.training._outputs import TrainOutputs
from napari_flowprior.training._pace import Pace
from napari_flowprior.training.optim import Denoising, Validation

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.training._events import Pictures
    from napari_flowprior.training._recipes import Recipe
    from napari_flowprior.training._spec import TrainJob
    from napari_flowprior.training.optim import Trainer
    from napari_flowprior.training.patches import TrainingData
    from napari_flowprior.training.sprites import Sprites

__all__ = ["TrainRun"]

_HELD_OUT_PIXELS = 2**17
_FEWEST_HELD_OUT, _MOST_HELD_OUT = 16, 256
_SIGMA = 25 / 255
# A killed training loses no more than this, in seconds.
_SAVE_EVERY = 120.0
# Weights, gradients, two moments of Adam and the average, four bytes each.
_BYTES_PER_PARAMETER = 20


class TrainRun:
    """A training under way.

    Parameters
    ----------
    job : TrainJob
        What was asked for.
    recipe : Recipe
        The recipe, with the settings of the job.
    trainer : Trainer
        Fresh, with the weights to start from.
    source : TrainingData or Sprites
        Where patches come from.
    start : FlowPrior or None
        Prior that the training starts from.
    warnings : tuple of str
        What to tell before the start.
    """

    def __init__(
        self,
        job: TrainJob,
        recipe: Recipe,
        trainer: Trainer,
        source: TrainingData | Sprites,
        start: FlowPrior | None,
        warnings: tuple[str, ...],
    ) -> None:
        self.job = job
        self.recipe = recipe
        self.trainer = trainer
        self.source = source
        self.outputs = TrainOutputs(job.out)
        self.start = start
        self.warnings = warnings
        self.best: HeldOutFigures | None = None
        self._validation = self._hold_out()
        self._saved = (-1, time.monotonic())
        # A step that was made, whose validation and row in the table are still to come.
        self._unnoted: StepFigures | None = None
        self._table_begun = False
        self._pace = Pace(job.minutes)

    def _hold_out(self) -> Validation:
        fitting = _HELD_OUT_PIXELS // self.source.size**2
        number = min(_MOST_HELD_OUT, max(_FEWEST_HELD_OUT, fitting))
        sigma = min(_SIGMA, self.trainer.config.sigma_max / 2)
        patches, quantum = self.source.held_out(number), self.source.quantum
        if least := self.trainer.config.sigma_min:
            return Validation(patches, quantum, least, least=least)
        met = self.trainer.config.denoising or Denoising()
        return Validation(patches, quantum, sigma, met.clipped, met.correlated)

    def go(self) -> Generator[TrainEvent, None, TrainResult]:
        """Train to the end.

        Returns
        -------
        TrainResult
            What was written.

        Yields
        ------
        TrainEvent
            State of the training.
        """
        try:
            self._resume()
            yield self._event(plan=self.plan())
            yield from self._measure_start()
            yield from self._finish_step()
            while self.trainer.step < self.trainer.config.steps:
                yield from self._step()
            return self._result()
        finally:
            self.trainer.close()
            self._conclude()

    # --- beginning

    def _resume(self) -> None:
        if self.job.resume:
            more = self.trainer.resume(self.outputs.checkpoint)
            best = more.get("best")
            self.best = None if best is None else HeldOutFigures(**best)
            unnoted = more.get("unnoted")
            self._unnoted = None if unnoted is None else StepFigures(**unnoted)
            steps = self.job.steps or int(more["steps"])
            self.trainer.config = replace(self.trainer.config, steps=steps)
            self._saved = (self.trainer.step, time.monotonic())

    @property
    def _writes(self) -> bool:
        return self.trainer.processes.first

    def plan(self) -> TrainPlan:
        """Tell what the training is going to do."""
        trainer = self.trainer
        device = next(trainer.flow.parameters()).device
        half = trainer.config.uses_bfloat16(device)
        parameters = sum(p.numel() for p in trainer.flow.parameters())
        return TrainPlan(
            parameters=parameters,
            memory=self._memory(parameters, half=half),
            device=str(device),
            precision="bfloat16" if half else "float32",
            steps=trainer.config.steps,
            batch_size=trainer.config.batch_size * trainer.processes.size,
            first_step=trainer.step,
            warnings=self.warnings,
        )

    def _memory(self, parameters: int, *, half: bool) -> int:
        """Foresee the memory: weights, features that gradients need, and data."""
        trainer = self.trainer
        patches = min(trainer.patches_at_a_time, trainer.config.batch_size)
        config = trainer.flow.config
        terms = trainer.config.losses
        features = sum(term.bytes_per_pixel(config) for term in terms)
        features *= patches * self.source.size**2 / (2 if half else 1)
        weights = parameters * _BYTES_PER_PARAMETER
        return int(weights + features + self.source.summary.memory)

    def _measure_start(self) -> Generator[TrainEvent, None, None]:
        """Measure the prior that the training starts from, which is to be bettered."""
        if self.start is not None and self.trainer.step == 0:
            figures = yield from self._validate()
            self._save()
            yield self._event(held_out=figures, pictures=self._pictures(figures))

    # --- a step

    def _step(self) -> Generator[TrainEvent, None, None]:
        start = time.monotonic()
        advance = Run(self.trainer.advance())
        for _ in advance:
            yield self._event()
        self._unnoted = advance.result
        self._pace.keep(self.trainer, time.monotonic() - start)
        yield from self._finish_step()

    def _finish_step(self) -> Generator[TrainEvent, None, None]:
        """Validate where it is time, and write down what the step has given."""
        figures = self._unnoted
        if figures is None:
            return
        held_out = None
        steps, every = self.trainer.config.steps, self.trainer.config.validate_every
        if figures.step % every == 0 or figures.step == steps:
            held_out = yield from self._validate()
        self._note(figures, held_out)
        self._unnoted = None
        if held_out is not None or time.monotonic() - self._saved[1] > _SAVE_EVERY:
            self._save()
        yield self._event(
            step=replace(figures, steps=steps),
            held_out=held_out,
            pictures=self._pictures(held_out),
        )

    def _note(self, figures: StepFigures, held_out: HeldOutFigures | None) -> None:
        if not self._writes:
            return
        if not self._table_begun:
            self.outputs.start_metrics(figures.step - 1)
            self._table_begun = True
        self.outputs.add_metrics(figures, held_out)

    def _validate(self) -> Generator[TrainEvent, None, HeldOutFigures | None]:
        if not self._writes:
            return None
        measuring = Run(
            self._validation.measure(self.trainer.average, self.trainer.step)
        )
        for done, total in measuring:
            yield TrainEvent(phase="validating", done=done, total=total)
        figures = measuring.result
        figures = replace(figures, best=figures.better_than(self.best))
        if figures.best:
            # A copy of the prior that it starts from would look like a new one.
            if self.trainer.step:
                self._write_prior(figures)
            self.best = figures
        return figures

    def _pictures(self, held_out: HeldOutFigures | None) -> Pictures | None:
        if held_out is None or not self.job.pictures:
            return None
        return self._validation.pictures(self.trainer.average)

    def _event(self, **more: Any) -> TrainEvent:
        return TrainEvent(
            phase="training",
            done=self.trainer.step,
            total=self.trainer.config.steps,
            **more,
        )

    # --- files

    def _save(self) -> None:
        if self._writes:
            best = None if self.best is None else asdict(self.best)
            unnoted = None if self._unnoted is None else asdict(self._unnoted)
            steps = self.trainer.config.steps
            more = {"best": best, "steps": steps, "unnoted": unnoted}
            self.trainer.save(self.outputs.checkpoint, more)
        self._saved = (self.trainer.step, time.monotonic())

    def _conclude(self) -> None:
        """Leave the last state, and a prior unless the start was better."""
        if not self._writes or self.trainer.step == 0:
            return
        if self._saved[0] != self.trainer.step:
            self._save()
        if self.best is None:
            self._write_prior(None)

    def _write_prior(self, figures: HeldOutFigures | None) -> None:
        card = make_card(
            self.job, self.recipe, self.trainer, self.source.summary, self.start
        )
        if figures is not None:
            card = with_figures(card, figures, self._validation.sigma)
        prior = FlowPrior(self.trainer.average, card)
        prior.save(self.outputs.prior, overwrite=True, half=self.job.half)

    def _result(self) -> TrainResult:
        return TrainResult(
            prior=self.outputs.prior,
            checkpoint=self.outputs.checkpoint,
            metrics=self.outputs.metrics,
            step=self.trainer.step,
            steps=self.trainer.config.steps,
            best=self.best,
            seconds=self.trainer.seconds,
        )
