"""``napari-flowprior diagnose``, run in process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from napari_flowprior.cli import main

if TYPE_CHECKING:
    from pathlib import Path

PRIOR = ("--prior", "tiny.safetensors")


def test_sentences_for_each_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.full((16, 16), 9, np.uint8)).save("flat.png")
    assert main(["diagnose", "in.png", "flat.png", *PRIOR]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "in.png:"
    assert lines[1].startswith("  There is noise of level ")
    assert lines[-2:] == [
        "flat.png:",
        "  All pixels have the same value, so there is nothing to restore.",
    ]


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "in.png", *PRIOR, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["file"], found["axes"], found["prior"]) == ("in.png", "YX", "tiny")
    assert found["findings"][0]["noise_level"] > 10


def test_axes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("two.npy", np.random.default_rng(0).normal(size=(2, 16, 16)))
    arguments = ["diagnose", "two.npy", *PRIOR, "--axes", "CYX", "--json"]
    assert main(arguments) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert [part["place"] for part in found["findings"]] == [{"C": 0}, {"C": 1}]


def test_plots(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["diagnose", "in.png", *PRIOR, "--plots", "plots"]
    assert main(arguments) == 0
    with Image.open(folder / "plots" / "in.png") as plot:
        assert (plot.format, plot.size) == ("PNG", (800, 280))
    assert main(arguments) == 1
    assert "exists" in capsys.readouterr().err
    assert main([*arguments, "--overwrite"]) == 0


def test_a_file_that_fails_does_not_stop_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.png").write_bytes(b"no image")
    assert main(["diagnose", "bad.png", "in.png", *PRIOR]) == 1
    out, err = capsys.readouterr()
    assert "bad.png" in err
    assert out.startswith("in.png:")


@pytest.mark.parametrize("options", [("--prior", "nothing"), ("--axes", "QYX")])
def test_what_is_wrong_is_said(
    folder: Path, options: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diagnose", "in.png", *PRIOR, *options]) == 1
    assert options[1] in capsys.readouterr().err


def test_plots_of_two_images_of_one_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "other").mkdir()
    Image.fromarray(np.full((16, 16), 9, np.uint8)).save("other/in.png")
    arguments = ["diagnose", "in.png", "other/in.png", *PRIOR, "--plots", "plots"]
    assert main([*arguments, "--overwrite"]) == 1
    assert "would both become" in capsys.readouterr().err
    assert not (folder / "plots").exists()
