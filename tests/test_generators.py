"""Runs: iterated for events, closed to cancel, asked for their result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from napari_flowprior import Run
from napari_flowprior._errors import CancelledError
from napari_flowprior._generators import relay

if TYPE_CHECKING:
    from collections.abc import Generator


class Work:
    """Steps that can be counted, and the end of them seen."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.done, self.left, self.fails_at = 0, False, fails_at

    def steps(self) -> Generator[int, None, str]:
        try:
            for number in range(4):
                self.done += 1
                if number == self.fails_at:
                    raise ValueError("no")
                yield number
        finally:
            self.left = True
        return "done"


def test_nothing_is_done_before_it_is_asked_for() -> None:
    work = Work()
    run = Run(work.steps())
    assert work.done == 0
    assert next(run) == 0
    assert work.done == 1


def test_events_then_the_result() -> None:
    run = Run(Work().steps())
    assert list(run) == [0, 1, 2, 3]
    assert run.result == run.result == "done"
    assert list(run) == []


def test_the_result_does_what_is_left() -> None:
    work = Work()
    run = Run(work.steps())
    next(run)
    assert run.result == "done"
    assert work.done == 4


def test_a_closed_run_has_no_result() -> None:
    work = Work()
    with Run(work.steps()) as run:
        next(run)
    assert work.left
    assert work.done == 1
    with pytest.raises(CancelledError, match="start another one"):
        _ = run.result
    assert list(run) == []


def test_a_run_that_is_closed_at_its_end_keeps_its_result() -> None:
    with Run(Work().steps()) as run:
        assert run.result == "done"
    assert run.result == "done"


def test_a_run_that_failed_has_no_result() -> None:
    run = Run(Work(fails_at=2).steps())
    with pytest.raises(ValueError, match="no"):
        list(run)
    with pytest.raises(CancelledError):
        _ = run.result


def test_the_result_of_none_is_a_result() -> None:
    def nothing() -> Generator[int, None, None]:
        yield 1

    assert Run(nothing()).result is None


def test_runs_within_generators() -> None:
    def outer(run: Run[int, str]) -> Generator[int, None, str]:
        return "all " + (yield from run)

    assert Run(outer(Run(Work().steps()))).result == "all done"
    work = Work()
    with Run(outer(Run(work.steps()))) as run:
        next(run)
    assert work.left
    over = Run(Work().steps())
    list(over)
    assert Run(outer(over)).result == "all done"


def test_errors_are_raised_where_the_work_is() -> None:
    def patient() -> Generator[int, None, str]:
        try:
            yield 1
        except KeyError as error:
            yield int(error.args[0])
        return "over"

    def outer(run: Run[int, str]) -> Generator[int, None, str]:
        return (yield from run)

    steps = outer(Run(patient()))
    next(steps)
    assert steps.throw(KeyError(5)) == 5
    assert Run(steps).result == "over"


def test_relayed_under_another_name() -> None:
    run = Run(relay(Work().steps(), "event"))
    assert list(run) == ["event"] * 4
    assert run.result == "done"
