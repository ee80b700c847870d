"""Where workers compute: a GPU each, as many threads as there is room for."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from napari_flowprior.restoration.cluster import _place
from napari_flowprior.restoration.cluster._place import device_of_worker, turn


@pytest.mark.parametrize(
    ("name", "wanted", "index"),
    [(0, "auto", 0), (3, "cuda", 1), (5, "cuda:0", 0), (None, "auto", 0)],
)
def test_workers_take_turns_with_gpus(
    monkeypatch: pytest.MonkeyPatch, name: Any, wanted: str, index: int
) -> None:
    known = SimpleNamespace(get_worker=lambda: SimpleNamespace(name=name))
    monkeypatch.setitem(sys.modules, "distributed", known)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_of_worker(wanted) == torch.device("cuda", index)


def test_a_thread_takes_the_first_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_worker() -> None:
        raise ValueError("No worker found")

    known = SimpleNamespace(get_worker=get_worker)
    monkeypatch.setitem(sys.modules, "distributed", known)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_of_worker("auto") == torch.device("cuda", 0)


def test_one_gpu_or_none_is_no_choice() -> None:
    assert device_of_worker("cpu") == torch.device("cpu")


@pytest.mark.parametrize(("threads", "at_once"), [(1, 4), (2, 2), (4, 1), (9, 1)])
def test_threads_that_compute_at_once_fill_the_cores(
    monkeypatch: pytest.MonkeyPatch, threads: int, at_once: int
) -> None:
    monkeypatch.setattr(_place.os, "cpu_count", lambda: 4)
    monkeypatch.delattr(_place.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    _place._turns.cache_clear()
    try:
        free = turn(torch.device("cpu"))
        taken = [free.acquire(blocking=False) for _ in range(at_once + 1)]
        assert taken == [True] * at_once + [False]
    finally:
        _place._turns.cache_clear()
