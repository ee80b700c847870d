"""Where a worker computes: on a GPU of its own, and no more at a time than it has."""

from __future__ import annotations

import os
import sys
import threading
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

import torch

from napari_flowprior._device import resolve_device

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["device_of_worker", "turn"]


def device_of_worker(name: str) -> torch.device:
    """Choose the device of this worker.

    Parameters
    ----------
    name : str
        What the user wants, such as "auto".

    Returns
    -------
    device
        Of several GPUs, the one that has the number of the worker; workers that are
        started with a GPU each (``CUDA_VISIBLE_DEVICES``) see no other.
    """
    device = resolve_device(name)
    if device.type != "cuda" or device.index is not None:
        return device
    count = torch.cuda.device_count()
    return torch.device("cuda", _number() % count) if count > 1 else device


def _number() -> int:
    """Return the number of this worker among those of its machine."""
    distributed = sys.modules.get("distributed")
    try:
        name = None if distributed is None else distributed.get_worker().name
    except ValueError:
        # No worker of a cluster, but a thread of the program itself.
        return 0
    if name is None:
        return 0
    return name if isinstance(name, int) else os.getpid()


def turn(device: torch.device) -> AbstractContextManager[object]:
    """Return what to hold while one computes on a device.

    Parameters
    ----------
    device : device
        Which.

    Returns
    -------
    context manager
        As many threads hold it at a time as there are cores for the threads of torch
        that each of them uses; one for a GPU.
    """
    return _turns()[str(device)]


@cache
def _turns() -> dict[str, threading.Semaphore]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    cores = cores or os.cpu_count() or 1
    turns: dict[str, threading.Semaphore] = defaultdict(threading.Semaphore)
    turns["cpu"] = threading.Semaphore(max(1, cores // torch.get_num_threads()))
    return turns
