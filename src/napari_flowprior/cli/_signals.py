"""Signals that ask for an orderly end."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["stopping"]


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Turn the first request to stop into an orderly end; the second one kills.

    Yields
    ------
    threading.Event
        Set by the first signal; never, in another thread than the main one.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in signals}

    def ask(number: int, frame: object) -> None:
        stop.set()
        for other in signals:
            signal.signal(other, before[other])

    try:
        for number in signals:
            signal.signal(number, ask)
        yield stop
    finally:
        for number in signals:
            signal.signal(number, before[number])
