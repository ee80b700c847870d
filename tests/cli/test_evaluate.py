"""``napari-flowprior evaluate``: figures of a prior against known answers."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from doubles import MEAN, identity_flow

from napari_flowprior import FlowPrior
from napari_flowprior.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = "evaluate tiny.safetensors in.png in.png --sigma 10 40 --csv out.csv"
    assert main([*command.split(), "--device", "cpu"]) == 0
    found = rows(folder / "out.csv")
    assert [row["sigma"] for row in found] == ["10.0", "40.0"]
    # Rounding and clipping of noise of known strength on uniform values.
    assert float(found[0]["noisy_psnr"]) == pytest.approx(28.3, abs=0.4)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| image | sigma | noisy dB | restored dB")
    assert len(lines) == 2 + 2 + 2
    assert lines[-1].startswith("| mean | 40 |")


def test_bits_of_a_known_density(folder: Path) -> None:
    """A flow that is the identity has the density of a normal distribution."""
    FlowPrior(identity_flow().float()).save("still.safetensors")
    image = np.random.default_rng(0).random((130, 64)).astype(np.float32)
    tifffile.imwrite("in.tif", image)
    command = "evaluate still.safetensors in.tif --sigma 5 --estimator latent-map"
    assert main([*command.split(), "--csv", "out.csv", "--device", "cpu"]) == 0
    whole = image[:128]
    nats = 0.5 * np.mean((whole - MEAN) ** 2) + 0.5 * math.log(2 * math.pi)
    expected = nats / math.log(2) + math.log2(255)
    assert float(rows(folder / "out.csv")[0]["bits_per_dim"]) == pytest.approx(
        expected, abs=1e-3
    )


def test_stacks_of_any_type(folder: Path) -> None:
    stack = np.random.default_rng(0).integers(100, 900, (3, 24, 20), dtype=np.uint16)
    tifffile.imwrite("in.tif", stack)
    command = "evaluate tiny.safetensors in.tif --sigma 25 --csv out.csv --device cpu"
    assert main(command.split()) == 0
    (row,) = rows(folder / "out.csv")
    # Noise of 25 of 255 of the range.
    assert float(row["noisy_psnr"]) == pytest.approx(20.17, abs=0.2)
    assert 0 < float(row["ssim"]) <= 1


def test_a_bad_image_does_not_stop_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.png").touch()
    command = "evaluate tiny.safetensors bad.png in.png --sigma 25 --device cpu"
    assert main(command.split()) == 1
    said = capsys.readouterr()
    assert "bad.png" in said.err
    assert "| in.png | 25 |" in said.out


@pytest.mark.parametrize(
    ("more", "sentence"),
    [(["--sigma", "0"], "--sigma is 0"), (["--csv", "in.png"], "in.png exists")],
)
def test_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    before = (folder / "in.png").read_bytes()
    assert main(["evaluate", "tiny.safetensors", "in.png", *more]) == 2
    assert sentence in capsys.readouterr().err
    assert (folder / "in.png").read_bytes() == before
