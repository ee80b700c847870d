"""Signals that ask for an orderly end."""

from __future__ import annotations

import signal

from napari_flowprior.cli._signals import stopping


def test_a_signal_asks_and_a_second_one_insists() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stopping() as stop:
        assert not stop.is_set()
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
        assert signal.getsignal(signal.SIGTERM) == before
    assert signal.getsignal(signal.SIGTERM) == before
