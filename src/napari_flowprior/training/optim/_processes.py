"""Several processes that train one flow, as torchrun starts them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import torch
from torch import distributed
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from napari_flowprior._device import resolve_device
from napari_flowprior._errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

__all__ = ["Processes"]

_MEETINGS = count(1)


@dataclass(frozen=True)
class Processes:
    """Place of a process among those that train together.

    Parameters
    ----------
    rank, size : int
        Number of this process, from 0, and how many there are.
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def join(cls, device: str) -> tuple[Processes, torch.device]:
        """Meet the other processes, if there are any, and choose a device.

        Parameters
        ----------
        device : str
            "auto", "cpu", "cuda" or another device of torch. With several processes on
            "cuda" each takes the device of its local rank.

        Returns
        -------
        tuple
            The processes, and the device of this one.
        """
        chosen = resolve_device(device)
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls(), chosen
        if chosen.type == "cuda" and chosen.index is None:
            chosen = resolve_device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}")
            torch.cuda.set_device(chosen)
        if not distributed.is_initialized():
            _meet("nccl" if chosen.type == "cuda" else "gloo")
        return cls(distributed.get_rank(), distributed.get_world_size()), chosen

    @property
    def first(self) -> bool:
        """Whether this process writes files and speaks for all."""
        return self.rank == 0

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors by their mean over all processes.

        Parameters
        ----------
        tensors : sequence of Tensor
            Of the same shapes in every process, and of one type.

        Raises
        ------
        TrainingError
            If another process has ended.
        """
        if self.size == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors]) / self.size
        try:
            distributed.all_reduce(flat)
        except RuntimeError as error:
            raise TrainingError(
                "Another process of this training has ended; start it again with "
                "--resume."
            ) from error
        parts = flat.split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def leave(self) -> None:
        """Part from the other processes."""
        if self.size > 1 and distributed.is_initialized():
            distributed.destroy_process_group()


def _meet(backend: str) -> None:
    """Join the other processes, apart from earlier trainings of the same ones.

    The store keeps the addresses of a training that has ended, which a process would
    call in vain if it were faster than the one that it looks for.
    """
    store, rank, size = next(rendezvous("env://"))
    store = PrefixStore(f"training {next(_MEETINGS)}", store)
    distributed.init_process_group(backend, store=store, rank=rank, world_size=size)
