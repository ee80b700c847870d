"""How much is worked on at a time, and what comes where a result has no room."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_flowprior._errors import MemoryLimitError
from napari_flowprior.flow import FlowConfig
from napari_flowprior.restoration._memory import allocate, pixels_per_batch


def test_an_array_is_as_asked_for() -> None:
    array = allocate((2, 3), np.dtype(np.uint16))
    assert (array.shape, array.dtype) == ((2, 3), np.uint16)


# Too much for a machine, and too much for any address.
@pytest.mark.parametrize(("side", "gib"), [(2**28, "6.71e+07"), (2**33, "6.87e+10")])
def test_too_large_a_result_is_a_sentence(side: int, gib: str) -> None:
    with pytest.raises(MemoryLimitError) as caught:
        allocate((side, side), np.dtype(np.uint8))
    assert f"({side}, {side}) needs {gib} GiB" in str(caught.value)


@pytest.mark.parametrize("hidden", [2, 64])
def test_batches_do_not_grow_without_limit(hidden: int) -> None:
    config = FlowConfig(channels=1, levels=1, steps=1, hidden=hidden)
    pixels = pixels_per_batch(config, torch.device("cpu"))
    assert 0 < pixels <= 2**20
    work = 2 * config.multiply_adds_per_pixel * pixels
    assert pixels == 2**20 or work == pytest.approx(5e9, rel=0.01)
