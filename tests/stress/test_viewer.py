"""Restorations that are cancelled in a viewer; `benchmarks/stress` has more of them."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

pytest.importorskip("napari", reason="needs napari")

NUMBER, WARM_UP = 20, 8


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads memory as Linux tells it")
def test_nothing_piles_up(make_napari_viewer_proxy: Any) -> None:
    from viewer import stress

    found = stress(make_napari_viewer_proxy(), NUMBER, 0, most=0.15)
    assert len(found) == NUMBER
    memory, threads = np.array(found).T
    early, late = memory[WARM_UP : WARM_UP + 4], memory[-4:]
    assert np.median(late) < 1.05 * np.median(early), memory
    assert threads[-1] <= threads[WARM_UP], threads
