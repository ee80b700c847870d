"""How long a training takes: to its end, and to its next validation."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from napari_flowprior._errors import FlowPriorError

if TYPE_CHECKING:
    from napari_flowprior.training import StepFigures, TrainEvent, TrainJob

__all__ = ["Pace"]

_VALIDATIONS = 10
_READING = "Reading: %v of %m"
_VALIDATING = "Validating: %v of %m"
_UNTIL = "Next validation: %p %"


class Pace:
    """Progress of a run, as its two bars show it.

    Parameters
    ----------
    minutes : float or None
        Time budget.
    every : int
        Steps from one validation to the next, as the recipe says; a time budget may
        make them fewer.
    """

    def __init__(self, minutes: float | None = None, every: int = 0) -> None:
        self.minutes = minutes
        self.every = every
        self._first: StepFigures | None = None
        self._last: StepFigures | None = None
        self._first_at = self._last_at = 0.0
        self._validated = 0
        self._event: TrainEvent | None = None

    @classmethod
    def of(cls, job: TrainJob) -> Pace:
        """Begin with what a job says.

        Parameters
        ----------
        job : TrainJob
            The job; its recipe may be wrong, which is said by the training.

        Returns
        -------
        Pace
            Of a run that has not begun.
        """
        every = 0
        with suppress(FlowPriorError):
            every = job.load_recipe().train.validate_every
        return cls(job.minutes, every)

    def add(self, event: TrainEvent) -> None:
        """Take note of an event.

        Parameters
        ----------
        event : TrainEvent
            Any event of the run.
        """
        self._event = event
        if event.step is not None:
            self._last, self._last_at = event.step, time.monotonic()
            if self._first is None:
                self._first, self._first_at = self._last, self._last_at
        if event.held_out is not None:
            self._measure_gap(event.held_out.step)

    def _measure_gap(self, step: int) -> None:
        if self._validated and step > self._validated:
            self.every = step - self._validated
        self._validated = step

    def seconds_left(self) -> float | None:
        """Return how long the training will take, or None if that is not known yet.

        Returns
        -------
        float or None
            Seconds, validations included.
        """
        first, last = self._first, self._last
        if first is None or last is None or last.step == first.step:
            return None
        spent = self._last_at - self._first_at
        left = spent * (last.steps - last.step) / (last.step - first.step)
        if self.minutes is not None and last.steps == first.steps:
            # The number of steps does not follow from the time budget yet.
            left = min(left, self.minutes * 60 - spent)
        return max(1.0, left)

    def overall(self) -> tuple[int, int]:
        """Return how far the whole training is.

        Returns
        -------
        tuple of int
            Steps done and in all; zeros while that is not known.
        """
        event = self._event
        if self._last is not None:
            return self._last.step, self._last.steps
        if event is None or event.phase != "training":
            return 0, 0
        # An adaptation to noisy images has no steps, only a time.
        return event.done, event.total

    def part(self) -> tuple[str, tuple[int, int]]:
        """Return how far the present part is: reading, validating, or steps until then.

        Returns
        -------
        str
            Format of the bar.
        tuple of int
            Done and in all; zeros while that is not known.
        """
        event = self._event
        if event is None:
            return _READING, (0, 0)
        if event.phase != "training":
            name = _READING if event.phase == "reading" else _VALIDATING
            return name, (event.done, event.total)
        if self._last is None:
            return _UNTIL, (0, 0)
        every = self._steps_between(self._last.steps)
        return _UNTIL, (self._last.step % every, every)

    def _steps_between(self, steps: int) -> int:
        every = self.every or steps
        if self.minutes is not None:
            every = min(every, max(1, steps // _VALIDATIONS))
        return max(1, min(every, steps))
