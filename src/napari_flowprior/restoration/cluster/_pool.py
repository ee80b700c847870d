"""The workers of a cluster, and the connection to their scheduler."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

from napari_flowprior._errors import FlowPriorError, InputError, RestoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

__all__ = ["Pool", "connect"]

Label = TypeVar("Label")

# Seconds: after which nobody is believed to answer, between looks at what is done, and
# between counts of the workers.
_PATIENCE, _PAUSE, _RECOUNT = 5.0, 0.02, 2.0
# Seconds without any worker, after which none is believed to come.
_ALONE = 60.0
_PORT = 8786
# Tasks that each thread of a worker has waiting, so that it never has to wait itself.
_WAITING = 4
_GIB = 2**30


class Pool:
    """Workers of a cluster, which come and go.

    Parameters
    ----------
    client : distributed.Client
        The connection.
    address : str
        Of the scheduler.
    """

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self.address = address
        self._counted, self._threads = -_RECOUNT, 1
        self._seen = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # What is not done is cancelled with it.
        self._client.close(timeout=1)

    def send(self, value: object) -> Any:
        """Send something that tasks share.

        Parameters
        ----------
        value : object
            Anything that can be pickled.

        Returns
        -------
        future
            To be handed to tasks. It outlives the workers that have it.
        """
        from dask import config

        # What is meant to be sent is no mistake of a user.
        told = {"distributed.admin.large-graph-warning-threshold": _GIB}
        with config.set(told):
            return self._client.submit(_itself, value, pure=False)

    def submit(self, work: Callable[..., Any], *args: Any) -> Any:
        """Have some work done by any worker; it is done again where one is lost.

        Parameters
        ----------
        work : callable
            What to do.
        *args
            Its arguments, futures among them.

        Returns
        -------
        future
            Its result, later.
        """
        return self._client.submit(work, *args, pure=False)

    def in_turn(
        self, tasks: Iterator[tuple[Label, Callable[[], Any]]]
    ) -> Generator[tuple[Label, Any] | None]:
        """Have tasks done, a few of them ahead, and yield what comes of them in order.

        Parameters
        ----------
        tasks : iterator of tuple
            For each task a label, and what submits it and returns its future.

        Yields
        ------
        tuple or None
            A label and its result, or None while there is nothing new.

        Raises
        ------
        RestoreError
            If a task fails, the connection is lost, or there are no workers for a
            minute; what workers raise is raised here.
        """
        sent: deque[tuple[Label, Any]] = deque()
        for label, submit in tasks:
            sent.append((label, submit()))
            yield None
            while len(sent) >= _WAITING * self._threads_now():
                yield from self._first(sent)
        while sent:
            yield from self._first(sent)

    def _first(
        self, sent: deque[tuple[Label, Any]]
    ) -> Generator[tuple[Label, Any] | None]:
        label, future = sent[0]
        while not future.done():
            yield None
            time.sleep(_PAUSE)
            self._threads_now()
            if time.monotonic() - self._seen > _ALONE:
                raise RestoreError(
                    f"The scheduler at {self.address} has had no workers for "
                    f'{_ALONE:g} seconds; start some with "dask worker".'
                )
        sent.popleft()
        yield label, self._outcome(future)

    def _outcome(self, future: Any) -> Any:
        if future.status == "finished":
            return future.result()
        if future.status != "error":
            raise RestoreError(
                f"The connection to the scheduler at {self.address} was lost "
                f"({future.status}); start the run again when it is back."
            )
        error = future.exception()
        if isinstance(error, FlowPriorError):
            raise error
        raise RestoreError(
            f"A worker of the cluster at {self.address} failed "
            f"({type(error).__name__}): {str(error).splitlines()[0]}"
        ) from error

    def _threads_now(self) -> int:
        """Return how many threads all workers have, one if there are no workers yet."""
        now = time.monotonic()
        if now - self._counted >= _RECOUNT:
            self._counted = now
            with suppress(OSError, ValueError):
                threads = sum(self._client.nthreads().values())
                self._threads = max(1, threads)
                self._seen = now if threads else self._seen
        return self._threads


def connect(address: str) -> Generator[None, None, Pool]:
    """Connect to the scheduler of a cluster.

    Parameters
    ----------
    address : str
        Such as "tcp://10.0.0.1:8786".

    Returns
    -------
    Pool
        Its workers.

    Yields
    ------
    None
        Ten times a second, while nobody answers.

    Raises
    ------
    InputError
        If the package distributed is missing, or nobody answers within 5 seconds.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "A cluster takes the package distributed; install it, as with "
            'pip install "napari-flowprior[cluster]".'
        ) from None
    found: Future[Any] = Future()
    attempt = partial(_attempt, found, Client, address)
    threading.Thread(target=attempt, daemon=True).start()
    last = time.monotonic() + _PATIENCE
    try:
        while not found.done() and time.monotonic() < last:
            yield
            time.sleep(0.1)
    finally:
        if not found.done():
            found.add_done_callback(_close)
    told = found.result() if found.done() else _reason(TimeoutError())
    if not isinstance(told, str):
        return Pool(told, address)
    raise InputError(
        f"No scheduler of Dask answers at {address} ({told}); check the address, or "
        'start one with "dask scheduler" and workers with "dask worker".'
    )


def _attempt(found: Future[Any], kind: Any, address: str) -> None:
    """Find a client, or say why there is none."""
    try:
        # Clients that cannot connect are left for ever, and may lock others up when
        # they are collected.
        _knock(address)
        kind_of = asyncio.run(_kind_of(address))
        if kind_of != "Scheduler":
            raise ValueError(f"it is the address of a {kind_of}")
        found.set_result(kind(address, timeout=_PATIENCE, set_as_default=False))
    # Whatever answers, anything may be wrong with it.
    except Exception as error:
        found.set_result(_reason(error))


def _knock(address: str) -> None:
    """Fail at once where a connection is refused, which Dask would try again."""
    place = urlsplit(address)
    if place.scheme in ("tcp", "tls") and place.hostname:
        where = place.hostname, place.port or _PORT
        socket.create_connection(where, timeout=_PATIENCE).close()


async def _kind_of(address: str) -> str:
    """Ask what it is that answers."""
    from distributed import Security
    from distributed.core import rpc

    security = Security().get_connection_args("client")
    async with rpc(address, connection_args=security) as asked:
        said = await asyncio.wait_for(asked.identity(), _PATIENCE)
    return str(said["type"])


def _close(found: Future[Any]) -> None:
    """Leave a client that nobody waits for any more."""
    client = found.result()
    if not isinstance(client, str):
        client.close(timeout=1)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"nothing does within {_PATIENCE:g} seconds"
    known = isinstance(error, OSError | ValueError)
    lines = str(error).strip().splitlines()
    return lines[0] if known and lines else "something else does"


def _itself(value: object) -> object:
    return value
