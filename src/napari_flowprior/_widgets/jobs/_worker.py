"""Long jobs in a thread: generators that are drained and can be cancelled."""

from __future__ import annotations

import atexit
import logging
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

from napari.qt.threading import GeneratorWorker, create_worker
from qtpy.QtCore import QThreadPool

from napari_flowprior._errors import FlowPriorError, MemoryLimitError
from napari_flowprior._generators import Run
from napari_flowprior._widgets.jobs._activity import Activity
from napari_flowprior._widgets.jobs._wording import NO_MEMORY, in_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["Failure", "JobWorker", "failure", "start_aside", "start_job"]

# A slot call for every tile would keep the viewer busy.
_EVENTS_PER_SECOND = 10
_BURST = 5
_END_WITHIN = 5000  # milliseconds
_ENDED = object()

_NO_MEMORY = re.compile(r"out of memory|can't allocate memory", re.IGNORECASE)

_logger = logging.getLogger("napari_flowprior")


@dataclass(frozen=True)
class Failure:
    """Outcome of a job that could not be done.

    Parameters
    ----------
    message : str
        One sentence for the user.
    error : Exception, optional
        What was raised, if it was foreseen.
    """

    message: str
    error: Exception | None = field(default=None, compare=False)


class JobWorker(GeneratorWorker):
    """A worker that always ends: with a result, a `Failure`, or cancelled.

    It differs from its base in three ways. The base drops every ``RuntimeError``, which
    is what torch raises, without a signal, so that an interface would wait for ever;
    here any error becomes a `Failure`. The base shows all warnings of the process as
    notifications while it runs, and leaves the filters in disorder when two workers
    overlap; here they are left alone. And it emits ten events a second at most, while
    it looks for a request to stop after every step of the job.

    Attributes
    ----------
    keeps : callable
        Which events are emitted however many there are.
    outcome : object
        Result or `Failure` once it has ended, until all have been told of it; a failure
        even if it was to stop.
    activity : Activity
        What shows it in napari.
    """

    keeps: Callable[[Any], bool] = staticmethod(lambda event: False)
    outcome: Any = None
    activity: Activity | None = None

    @property
    def quit(self) -> Callable[[], None]:
        """What asks the job to stop, or nobody, when the job is gone.

        napari keeps it for every job until it is closed, and would keep with it the
        worker, and whatever the job was given.
        """
        return partial(_quit, ref(self))

    def run(self) -> None:
        """Do the job in the thread, and say how it ended."""
        self._running = True
        try:
            self.started.emit()
            self.outcome = self._try_work()
            if not self.abort_requested:
                self.returned.emit(self.outcome)
            self._running = False
            self.finished.emit()
            self._finished.emit(self)
        except RuntimeError:
            # Qt has deleted the signals, as the application is closing.
            self._running = False

    def work(self) -> Any:
        """Drain the generator until it ends or is to stop.

        Returns
        -------
        object
            What the generator returned; None when it was stopped.
        """
        allowed, last = float(_BURST), time.monotonic()
        run = Run(self._gen)
        while not self.abort_requested:
            event = next(run, _ENDED)
            if event is _ENDED:
                return run.result
            now = time.monotonic()
            allowed = min(_BURST, allowed + _EVENTS_PER_SECOND * (now - last))
            last = now
            if allowed >= 1 or self.keeps(event):
                allowed = max(0.0, allowed - 1)
                self.yielded.emit(event)
        self.aborted.emit()
        return None

    def _try_work(self) -> Any:
        try:
            return self._work_and_close()
        except Exception as error:
            return failure(error)

    def _work_and_close(self) -> Any:
        try:
            return self.work()
        finally:
            # Here, so that its memory is freed in this thread and at once.
            self._gen.close()


def failure(error: Exception) -> Failure:
    """Say what an error means to the user; what is not foreseen is logged too.

    Parameters
    ----------
    error : Exception
        The error, while it is handled.

    Returns
    -------
    Failure
        A sentence.
    """
    if _is_of_memory(error):
        return Failure(NO_MEMORY)
    if isinstance(error, FlowPriorError):
        return Failure(in_fields(str(error)), error)
    _logger.exception("A job has failed")
    text = str(error).strip().splitlines() or ["no reason is known"]
    return Failure(f"The computation failed ({type(error).__name__}): {text[0]}")


def _is_of_memory(error: Exception) -> bool:
    """Tell whether memory ran out, which torch says by a RuntimeError."""
    if isinstance(error, MemoryLimitError):
        return False
    return isinstance(error, MemoryError) or bool(_NO_MEMORY.search(str(error)))


def how_far(event: Any) -> tuple[int, int] | None:
    """Read from an event how far a job is.

    Parameters
    ----------
    event : object
        What a job yields.

    Returns
    -------
    tuple of int or None
        Its ``done`` and ``total``, if it has them.
    """
    return (event.done, event.total) if hasattr(event, "total") else None


def start_job(
    job: Callable[..., Generator[Any, None, Any]],
    *args: Any,
    description: str,
    connect: dict[str, Callable[..., object]],
    keeps: Callable[[Any], bool] | None = None,
    how_far: Callable[[Any], tuple[int, int] | None] = how_far,
) -> JobWorker:
    """Start a job that napari shows, and knows of, so that it asks before it closes.

    Parameters
    ----------
    job : generator function
        What to do; it must not touch layers or widgets.
    *args
        Its arguments.
    description : str
        What napari calls the job, as in "Executing <description>".
    connect : dict
        Slots by the name of the signal: "yielded", "returned", "finished".
    keeps : callable, optional
        Which events must not be dropped when there are many.
    how_far : callable, optional
        What `Activity` makes of an event.

    Returns
    -------
    JobWorker
        The worker; its ``quit`` cancels.
    """
    named = _Described(job, *args)
    named.description = description
    worker = create_worker(
        named, _worker_class=JobWorker, _connect=connect, _start_thread=False
    )
    if keeps is not None:
        worker.keeps = keeps
    _show(worker, description, how_far)
    worker.finished.connect(partial(_forget, ref(worker)))
    worker.start()
    return worker


def start_aside(
    job: Callable[..., Generator[Any, None, Any]],
    *args: Any,
    connect: dict[str, Callable[..., object]],
    keeps: Callable[[Any], bool] | None = None,
) -> JobWorker:
    """Start a short job that nobody misses when napari closes, which shows nothing.

    Parameters
    ----------
    job : generator function
        What to do; it must not touch layers or widgets.
    *args
        Its arguments.
    connect : dict
        Slots by the name of the signal: "yielded", "returned", "finished".
    keeps : callable, optional
        Which events must not be dropped when there are many.

    Returns
    -------
    JobWorker
        The worker; its ``quit`` cancels.
    """
    worker: JobWorker = JobWorker(job, *args)
    for name, slot in connect.items():
        getattr(worker, name).connect(slot)
    if keeps is not None:
        worker.keeps = keeps
    worker.start()
    return worker


def _show(worker: JobWorker, description: str, how_far: Callable[[Any], Any]) -> None:
    """Show a job in napari for as long as it runs."""
    activity = Activity(description, worker.quit, how_far)
    worker.yielded.connect(activity.show_event)
    worker.finished.connect(activity.end)
    worker.activity = activity


def _quit(asked: ref[JobWorker]) -> None:
    if (worker := asked()) is not None:
        super(JobWorker, worker).quit()


def _forget(ended: ref[JobWorker]) -> None:
    """Let a worker let go of what came of it, once all have been told.

    It is in a circle with its slots, and its result would take up memory until Python
    looks for those: an image, or a prior, by the traceback of an error. A method of the
    worker would not be called, as Qt has deleted its own part of it.
    """
    if (worker := ended()) is not None:
        worker.outcome = worker.activity = None


@atexit.register
def _end_all() -> None:
    """Let jobs end in order where a script ends without the event loop of napari."""
    # Without an application, as at the very end of a script, none is left.
    if QThreadPool.globalInstance() is not None:
        with suppress(RuntimeError):
            JobWorker.await_workers(_END_WITHIN)


class _Described(partial):
    description = ""

    def __str__(self) -> str:
        return self.description
