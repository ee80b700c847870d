from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from napari_flowprior import FlowPrior
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a tiny prior and an image."""
    monkeypatch.chdir(tmp_path)
    config = FlowConfig(channels=1, levels=1, steps=1, hidden=4, noise_conditional=True)
    info = PriorInfo(name="tiny", sigma_max=0.25, sources=("a", "b"))
    FlowPrior(MultiscaleFlow(config), info).save("tiny.safetensors")
    write_photo(tmp_path / "in.png")
    return tmp_path


def write_photo(path: Path, shape: tuple[int, ...] = (20, 24)) -> None:
    values = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(values).save(path)
