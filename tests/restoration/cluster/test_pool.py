"""Connections to schedulers: soon there or refused; what workers raise is told."""

from __future__ import annotations

import socket
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from clusters import local_cluster

from napari_flowprior._errors import InputError, RestoreError
from napari_flowprior.restoration import Run, check_scheduler
from napari_flowprior.restoration.cluster import _pool
from napari_flowprior.restoration.cluster._pool import Pool, connect

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def port() -> Iterator[str]:
    """An address at which something listens, and says nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        yield f"tcp://127.0.0.1:{silent.getsockname()[1]}"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://127.0.0.1:1", "refused"),
        ("nonsense://127.0.0.1:1", "nonsense"),
        ("tcp://", "tcp://"),
    ],
)
def test_a_wrong_address_is_refused_soon(address: str, said: str) -> None:
    began = time.monotonic()
    with pytest.raises(InputError, match=rf"No scheduler.*{said}.*dask scheduler"):
        check_scheduler(address)
    assert time.monotonic() - began < 3


def test_who_says_nothing_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setattr(_pool, "_PATIENCE", 0.3)
    with pytest.raises(InputError, match=r"nothing does within 0\.3 seconds"):
        check_scheduler(port)


def test_waiting_is_cancelled_at_once(port: str) -> None:
    run = Run(connect(port))
    next(run)
    began = time.monotonic()
    run.close()
    assert time.monotonic() - began < 0.5


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"napari-flowprior\[cluster\]"):
        check_scheduler("tcp://127.0.0.1:1")


@pytest.fixture
def pool(cluster: Any) -> Iterator[Pool]:
    with Run(connect(cluster.scheduler_address)).result as pool:
        yield pool


# Workers cannot import what is defined here.
BROKEN = "raise ValueError('It broke.\\nBadly.')"
OURS = "from napari_flowprior._errors import RestoreError; raise RestoreError('It did')"


def done(pool: Pool, *calls: Any) -> list[Any]:
    tasks = ((n, partial(pool.submit, *call)) for n, call in enumerate(calls))
    return [found for found in pool.in_turn(tasks) if found is not None]


def test_results_come_in_the_order_of_their_tasks(pool: Pool) -> None:
    calls = [(time.sleep, 0.2 - n / 50) for n in range(5)]
    calls += [(abs, -n) for n in range(5)]
    assert done(pool, *calls) == list(enumerate([None] * 5 + [*range(5)]))


def test_what_is_sent_is_an_argument(pool: Pool) -> None:
    assert done(pool, (sum, pool.send([1, 2, 3]))) == [(0, 6)]


def test_what_workers_raise_is_told(pool: Pool) -> None:
    with pytest.raises(RestoreError, match=r"failed \(ValueError\): It broke\.$"):
        done(pool, (exec, BROKEN))
    with pytest.raises(RestoreError, match=r"^It did$"):
        done(pool, (exec, OURS))


def test_workers_that_never_come_are_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_pool, "_ALONE", 0.5)
    with local_cluster(workers=0) as nobody:
        pool = Run(connect(nobody.scheduler_address)).result
        with pool, pytest.raises(RestoreError, match="no workers"):
            done(pool, (abs, 1))
