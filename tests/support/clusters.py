"""Small clusters on this machine."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def local_cluster(*, workers: int = 1, processes: bool = False) -> Iterator[Any]:
    """Start workers of a thread each; skip the test where nothing can."""
    reason = "needs the package distributed"
    distributed = pytest.importorskip("distributed", reason=reason)
    with (
        forked_workers(),
        distributed.LocalCluster(
            n_workers=workers,
            processes=processes,
            threads_per_worker=1,
            dashboard_address=":0",
            protocol="tcp://",
        ) as cluster,
    ):
        yield cluster


@contextmanager
def forked_workers() -> Iterator[None]:
    """Fork processes from one that has imported what they need, where that is safe."""
    import dask
    from distributed.utils import get_mp_context

    if sys.platform != "linux":
        yield
        return
    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):
        needed = ["distributed", "napari_flowprior.restoration"]
        get_mp_context().set_forkserver_preload(needed)
        yield
