"""Broken image files, some of each kind; `benchmarks/stress` has thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from _broken_images import BREAKINGS, WRITERS
from image_files import GOOD, USES, broken, outcome, sentence, three

if TYPE_CHECKING:
    from pathlib import Path

# One seed for each way to break a file, and each time another kind of file.
SEEDS = [len(WRITERS) * n + n % len(WRITERS) for n in range(len(BREAKINGS))]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", SEEDS)
def test_each_is_named_and_left_out_or_taken(tmp_path: Path, seed: int) -> None:
    _, path = broken(tmp_path, seed)
    assert {outcome(use, path) for use in USES} <= set(GOOD)


@pytest.mark.parametrize("name", ["grey.png", "tiles.tif", "three.zarr"])
def test_whole_files_are_used(tmp_path: Path, name: str) -> None:
    path = three(tmp_path, name)
    found = [outcome(use, path) for use in USES]
    assert found == ["read", "restored", "trained on"]


def test_wrong_sentences_are_noticed() -> None:
    assert sentence("a.tif cannot be read.", "a.tif") == "refused"
    assert "says" in sentence("It cannot be read.", "a.tif")
    assert "says" in sentence("a.tif cannot be read", "a.tif")
    assert "says" in sentence("a.tif\n is damaged.", "a.tif")


def test_wrong_outcomes_are_noticed(tmp_path: Path) -> None:
    def failing(path: Path) -> str:
        raise ValueError(path.name)

    def greedy(path: Path) -> str:
        return "read" if np.zeros(2**26, np.float64).any() else "restored"

    assert "raises ValueError" in outcome(failing, tmp_path / "a.png")
    assert "bytes" in outcome(greedy, tmp_path / "a.png")
