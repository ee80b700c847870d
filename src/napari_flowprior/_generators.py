"""Work that is done step by step: runs, and their pace under another name."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from napari_flowprior._errors import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

__all__ = ["Run", "relay"]

Event = TypeVar("Event")
Result = TypeVar("Result")


class Run(Generator[Event, None, Result], Generic[Event, Result]):
    """Work under way: iterate over its events, close it to cancel, ask for its result.

    Nothing is done before it is asked for an event or for the result. At the end of a
    ``with`` block it is closed.

    Parameters
    ----------
    steps : generator
        The work, which yields events and returns the result.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior import RestoreOptions, iter_restore
    >>> from napari_flowprior.restoration import Noise
    >>> image = np.random.default_rng(0).normal(100, 10, (64, 64))
    >>> run = iter_restore(image, RestoreOptions(degradation=Noise(sigma=10)))
    >>> for event in run:
    ...     pass  # the place to show ``event.message``
    >>> restored = run.result.image
    """

    def __init__(self, steps: Generator[Event, None, Result]) -> None:
        self._steps = steps
        self._results: list[Result] = []
        self._over = False

    @property
    def result(self) -> Result:
        """The result; what is left of the work is done first.

        Raises
        ------
        CancelledError
            If the run was closed, or failed, before its end.
        """
        for _ in self:
            pass
        if not self._results:
            raise CancelledError(
                "The run was closed, or failed, before its end, so it has no result; "
                "start another one."
            )
        return self._results[0]

    def send(self, value: None, /) -> Event:
        """Go on to the next event, as ``next`` does."""
        return self._advance(lambda: self._steps.send(value))

    def throw(self, error: Any, value: Any = None, trace: Any = None, /) -> Event:
        """Raise an error where the work is."""
        return self._advance(
            lambda: self._steps.throw(error if value is None else value)
        )

    def close(self) -> None:
        """Cancel what is left of the work."""
        self._over = True
        self._steps.close()

    def _advance(self, step: Callable[[], Event]) -> Event:
        if self._over:
            raise StopIteration(*self._results)
        try:
            return step()
        except StopIteration as stop:
            self._over = True
            self._results.append(stop.value)
            raise
        except BaseException:
            self._over = True
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def relay(
    steps: Generator[object, None, Result], event: Event
) -> Generator[Event, None, Result]:
    """Yield `event` whenever `steps` yields, and return what it returns."""
    run = Run(steps)
    for _ in run:
        yield event
    return run.result
