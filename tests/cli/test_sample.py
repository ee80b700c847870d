"""``napari-flowprior sample``: a grid of images from a prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from napari_flowprior import FlowPrior
from napari_flowprior.cli import main
from napari_flowprior.flow import FlowConfig, MultiscaleFlow

if TYPE_CHECKING:
    from pathlib import Path


def sample(*more: str) -> int:
    return main(["sample", "tiny.safetensors", "out.png", "--device", "cpu", *more])


def test_grid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sample("--number", "5", "--size", "9", "--columns", "3") == 0
    assert capsys.readouterr().out == "out.png: 5 samples of tiny\n"
    grid = np.asarray(Image.open("out.png"))
    assert grid.shape == (2 + 2 * 11, 2 + 3 * 11)
    assert (grid[:2] == 255).all()
    # The last place of the grid is free, the one before is not.
    assert (grid[13:, 24:] == 255).all()
    assert grid[13:22, 13:22].std() > 1


def test_the_seed_decides(folder: Path) -> None:
    found = []
    for seed in ("1", "1", "2"):
        assert sample("--seed", seed, "--overwrite", "--size", "16") == 0
        found.append(np.asarray(Image.open("out.png")))
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_temperature_widens(folder: Path) -> None:
    """A fresh flow only turns pixels: its samples are normal, about 0."""
    spread = []
    for temperature in ("0.1", "0.2"):
        assert sample("--temperature", temperature, "--overwrite", "--number", "1") == 0
        values = np.asarray(Image.open("out.png"))[2:-2, 2:-2] / 255
        spread.append(np.quantile(values, 0.9))
    assert spread[1] / spread[0] == pytest.approx(2, rel=0.1)


def test_colour_at_a_noise_level(folder: Path) -> None:
    config = FlowConfig(levels=1, steps=1, hidden=4)
    FlowPrior(MultiscaleFlow(config)).save("rgb.safetensors")
    assert main(["sample", "rgb.safetensors", "rgb.png", "--number", "2"]) == 0
    assert np.asarray(Image.open("rgb.png")).shape == (68, 134, 3)
    assert sample("--sigma", "20", "--number", "1") == 0


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--number", "0"], "--number is 0"),
        (["--size", "-4"], "--size is -4"),
        (["--columns", "0"], "--columns is 0"),
        (["--size", "100000"], "more than 16777216 pixels"),
        (["--temperature", "nan"], "--temperature is nan"),
        (["--sigma", "90"], "from 0 to 63.75"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    assert sample(*more) == 2
    assert sentence in capsys.readouterr().err
    assert not (folder / "out.png").exists()


def test_existing_files_are_kept(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "out.png").write_bytes(b"precious")
    assert sample() == 1
    assert "exists already" in capsys.readouterr().err
    assert (folder / "out.png").read_bytes() == b"precious"
