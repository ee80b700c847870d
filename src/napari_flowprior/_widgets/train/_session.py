"""A training that goes on whether or not its widget is open."""

from __future__ import annotations

from dataclasses import replace
from inspect import unwrap
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, Signal

from napari_flowprior._widgets.fields import KNOWN
from napari_flowprior._widgets.jobs import Failure, start_job
from napari_flowprior._widgets.train import _job
from napari_flowprior._widgets.train._events import PHASES, how_far, is_vital
from napari_flowprior._widgets.train._files import changed_at, outputs_of
from napari_flowprior._widgets.train._pace import Pace
from napari_flowprior._widgets.train._states import State, after, can
from napari_flowprior._widgets.train._texts import (
    about_adaptation,
    about_data,
    about_end,
    about_plan,
    about_progress,
)
from napari_flowprior._widgets.train.figures._curves import Curves

if TYPE_CHECKING:
    from pathlib import Path

    import napari

    from napari_flowprior._widgets.jobs import JobWorker
    from napari_flowprior.training import (
        HeldOutFigures,
        Pictures,
        StepFigures,
        TrainEvent,
        TrainJob,
        TrainResult,
    )

__all__ = ["TrainSession", "session_of"]

_sessions: WeakKeyDictionary[Any, TrainSession] = WeakKeyDictionary()
# A session at work outlives its viewer, until its checkpoint is saved.
_at_work: set[TrainSession] = set()


def session_of(viewer: napari.viewer.Viewer) -> TrainSession:
    """Return the session of a viewer; there is one for each.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        The viewer, or what napari hands to plugins in its place.

    Returns
    -------
    TrainSession
        The same one every time.
    """
    key = unwrap(viewer)
    if key not in _sessions:
        _sessions[key] = TrainSession()
    return _sessions[key]


class TrainSession(QObject):
    """The training of a viewer: its state, and all that a widget shows of it.

    Attributes
    ----------
    changed : Signal
        Emitted when the state is another.
    progressed : Signal
        Emitted when there are new figures, curves or texts.
    pictured : Signal
        Emitted when there are new pictures.
    ended : Signal(object)
        Emitted when a training ends: with the path of the prior, if there is one.
    found_noisy : Signal
        Emitted when the images turn out to be noisy.
    """

    changed = Signal()
    found_noisy = Signal()
    progressed = Signal()
    pictured = Signal()
    ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.state = State.IDLE
        self.job: TrainJob | None = None
        self.settings: dict[str, Any] = {}
        self._worker: JobWorker | None = None
        self._before: float | None = None
        self._forget()

    def _forget(self) -> None:
        self.curves = Curves()
        self.pace = Pace()
        self.step: StepFigures | None = None
        self.held_out: HeldOutFigures | None = None
        self.best: HeldOutFigures | None = None
        self.pictures: Pictures | None = None
        self.text = ""
        self.facts: dict[str, str] = {}

    @property
    def running(self) -> bool:
        """Whether a thread is at work."""
        return self._worker is not None

    @property
    def resumable(self) -> bool:
        """Whether there is a checkpoint of the job."""
        return self.job is not None and outputs_of(self.job.out).checkpoint.is_file()

    # --- what the user does

    def train(self, job: TrainJob) -> None:
        """Start a training, if none is running.

        Parameters
        ----------
        job : TrainJob
            What to train on, how, and where the prior goes.
        """
        if can(self.state, "train"):
            self._forget()
            self._start(job, "train")

    def resume(self, job: TrainJob) -> None:
        """Go on with a training that was stopped.

        Parameters
        ----------
        job : TrainJob
            The same as before, or a new one of the same name.
        """
        if can(self.state, "resume"):
            best = self.best
            self._forget()
            self.best = best
            self._start(replace(job, resume=True, overwrite=False), "resume")

    def renewed_job(self, **settings: Any) -> TrainJob:
        """Return the job of a stopped training, with some settings of it renewed.

        Parameters
        ----------
        **settings
            Fields of the job.

        Returns
        -------
        TrainJob
            To resume with, even if its layers are gone.
        """
        assert self.job is not None
        if self.job.steps:
            settings.pop("minutes", None)
        return replace(self.job, **settings)

    def stop(self) -> None:
        """Stop; it takes a second or two until the checkpoint is saved."""
        if self._worker is not None and can(self.state, "stop"):
            self._worker.quit()
            self.text = "Stopping and saving the checkpoint…"
            self._become("stop")

    def reset(self) -> None:
        """Forget a training that has ended; its files stay."""
        if can(self.state, "reset"):
            self._forget()
            self.job = None
            self._become("reset")

    def refuse(self, message: str) -> None:
        """Say why nothing was started.

        Parameters
        ----------
        message : str
            A sentence.
        """
        self.text = message
        self._become("refused")
        # The widget may be closed by now.
        show_error(message)

    def forgive(self) -> None:
        """Take back what was wrong, as it may be right now."""
        if self.state == State.FAILED and self.text:
            self.text = ""
            self.progressed.emit()

    # --- life of a training

    def _start(self, job: TrainJob, action: str) -> None:
        self.job = job
        self.pace = Pace.of(job)
        self._before = changed_at(job.out)
        self.text = "Starting…"
        _at_work.add(self)
        self._worker = start_job(
            _job.train,
            job,
            description=f"the training of {job.out.stem}",
            connect={"yielded": self._take, "finished": self._end},
            keeps=is_vital,
            how_far=how_far,
        )
        self._become(action)

    def _take(self, event: TrainEvent | Curves | None) -> None:
        if isinstance(event, Curves):
            self.curves = event
        elif event is not None:
            self._note(event)
            self._describe(event)
        self.progressed.emit()

    def _note(self, event: TrainEvent) -> None:
        self.curves.add(event)
        self.pace.add(event)
        self.step = event.step or self.step
        self.held_out = event.held_out or self.held_out
        if event.held_out is not None and event.held_out.best:
            self.best = event.held_out
        if event.data is not None:
            self.facts["data"] = about_data(event.data)
        if event.plan is not None:
            self.facts["plan"] = about_plan(event.plan)
        if event.pictures is not None:
            self.pictures = event.pictures
            self.pictured.emit()

    def _describe(self, event: TrainEvent) -> None:
        if self.state == State.STOPPING:
            return
        if event.phase == "reading" or self.step is None:
            self.text = f"{event.message or PHASES[event.phase]}…"
        else:
            left = self.pace.seconds_left()
            self.text = about_progress(self.step, self.held_out, left)

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        _at_work.discard(self)
        assert worker is not None
        assert self.job is not None
        prior = self._written()
        if isinstance(worker.outcome, Failure):
            self._fail(worker.outcome)
        else:
            self._conclude(prior, worker.outcome)
        if prior is not None:
            KNOWN.add(prior)
        self.ended.emit(prior)

    def _written(self) -> Path | None:
        """Find the prior of this training; another one may have been there before."""
        assert self.job is not None
        prior = outputs_of(self.job.out).prior
        written = changed_at(prior)
        if written is None or (written == self._before and not self.job.resume):
            return None
        return prior

    def _fail(self, failure: Failure) -> None:
        from napari_flowprior.training import NoisyImagesError

        if isinstance(failure.error, NoisyImagesError):
            self.settings["images"] = "noisy"
            self.found_noisy.emit()
        self.refuse(failure.message)

    def _conclude(self, prior: Path | None, result: TrainResult | None) -> None:
        assert self.job is not None
        done, name = result is not None, self.job.out.stem
        if not done and not self.resumable:
            early = "" if self.job.images == "noisy" else " before the first step"
            self.text = f"Stopped{early}; nothing was written."
            self._become("ended before it began")
            return
        self.text = about_end(name, self.step, self.best, done=done, usable=bool(prior))
        if result is not None and result.adapted is not None:
            self.text = about_adaptation(name, result.adapted)
        if done:
            # The images may be large, and are not needed any more.
            self.job = replace(self.job, data=(), validation=())
        self._become("ended" if done else "ended early")

    def _become(self, happening: str) -> None:
        self.state = after(self.state, happening)
        self.changed.emit()
