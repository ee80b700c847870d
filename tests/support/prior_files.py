"""Small priors, and prior files that are damaged on purpose."""

from __future__ import annotations

import json
import time
import tracemalloc
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from napari_flowprior import FlowPrior
from napari_flowprior._errors import PriorFileError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo
from napari_flowprior.priors._file import read_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SMALL = FlowConfig(channels=1, levels=1, steps=1, hidden=4, blocks=1, embedding=4)
INFO = PriorInfo(
    name="small",
    description="Tests",
    sigma_max=0.25,
    training={"steps": 3, "losses": [1.5, 0.5]},
    licence="BSD-3-Clause",
    sources=("a", "b"),
)
TENSOR = "levels.0.steps.1.shift"
SECONDS = 2.0
MEBIBYTE = 2**20


def made(*, info: PriorInfo = INFO, seed: int = 0, **changes: Any) -> FlowPrior:
    """A prior whose parameters are all random, so that every one of them matters."""
    torch.manual_seed(seed)
    flow = MultiscaleFlow(replace(SMALL, **changes))
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return FlowPrior(flow, info)


def taken_apart(path: Path) -> tuple[dict[str, Any], bytes]:
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:start]), content[start:]


def put_together(path: Path, header: bytes, body: bytes) -> None:
    path.write_bytes(len(header).to_bytes(8, "little") + header + body)


def damaged(path: Path, target: Path) -> Path:
    """Copy a prior with a bit of its tensors turned."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    target.write_bytes(content)
    return target


def change_header(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a header as if it had been written so, by a release without its sum."""
    header, body = taken_apart(path)
    change(header)
    header.get("__metadata__", {}).pop("header_checksum", None)
    put_together(path, json.dumps(header).encode(), body)


def change_card(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    def inside(header: dict[str, Any]) -> None:
        card = json.loads(header["__metadata__"]["flowprior"])
        change(card)
        header["__metadata__"]["flowprior"] = json.dumps(card)

    change_header(path, inside)


def refused(path: Path, *words: str) -> str:
    """Load a file that is refused; return the sentence, which names the file."""
    with pytest.raises(PriorFileError) as caught:
        FlowPrior.load(path)
    message = str(caught.value)
    assert str(path) in message
    assert message.endswith(".")
    assert len(message) < len(str(path)) + 400
    for word in words:
        assert word in message
    return message


def refused_early(path: Path, *words: str) -> None:
    """Check that a file is refused from its header."""
    refused(path, *words)
    with pytest.raises(PriorFileError):
        read_header(path)


@contextmanager
def frugal(limit: int = 16 * MEBIBYTE) -> Iterator[None]:
    """Fail if a block takes much time or memory, or builds a flow in earnest.

    What threads of earlier tests take meanwhile counts, too, a few MiB at most; what
    hostile files ask for are gigabytes.
    """
    tracemalloc.start()
    start = time.perf_counter()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("napari_flowprior.priors._prior.empty_flow", None)
            yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - start < SECONDS
    assert peak < limit
