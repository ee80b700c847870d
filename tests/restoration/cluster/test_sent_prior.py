"""Priors that are sent: by name or whole, loaded once, computing as before."""

from __future__ import annotations

import pickle
import threading
from dataclasses import replace

import pytest
import torch
from doubles import random_prior

from napari_flowprior import FlowPrior
from napari_flowprior._errors import PriorFileError
from napari_flowprior.restoration.cluster._sent_prior import SentPrior

CPU = torch.device("cpu")


def arrived(prior: FlowPrior) -> SentPrior:
    sent: SentPrior = pickle.loads(pickle.dumps(SentPrior.of(prior)))
    return sent


def test_a_shipped_prior_is_sent_by_its_name() -> None:
    sent = arrived(FlowPrior.load("photo-gray"))
    assert (sent.name, sent.content) == ("photo-gray", b"")
    assert len(pickle.dumps(sent)) < 1000


def test_another_prior_is_sent_whole() -> None:
    prior, batch = random_prior(), torch.rand(1, 1, 16, 16, dtype=torch.float64)
    found = arrived(prior).on(CPU)
    assert found is not prior
    assert torch.equal(found.denoise(batch, 0.1), prior.denoise(batch, 0.1))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_precision_is_that_of_the_sender(precision: str) -> None:
    prior = FlowPrior.load("photo-gray").in_precision(precision)
    assert arrived(prior).on(CPU).halves == (precision == "bfloat16")


def test_threads_share_one() -> None:
    sent, found = arrived(random_prior(levels=1)), []

    def ask():
        return found.append(sent.on(CPU))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(map(id, found))) == 1


def test_another_prior_of_the_same_name_is_refused() -> None:
    sent = replace(SentPrior.of(FlowPrior.load("photo-gray")), checksum="0" * 64)
    with pytest.raises(PriorFileError, match="install the same version"):
        sent.on(CPU)
