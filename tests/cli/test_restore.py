"""``napari-flowprior restore``, run in process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_flowprior.cli import main
from napari_flowprior.restoration import MAP

TINY = ["--prior", "tiny.safetensors", "--device", "cpu"]
NOISE = [*TINY, "--degradation", "noise", "--sigma", "25"]


def test_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "in.png", "out.png", *NOISE]) == 0
    out = np.asarray(Image.open("out.png"))
    assert out.shape == (20, 24)
    assert out.dtype == np.uint8
    assert (out != np.asarray(Image.open("in.png"))).any()
    assert "out.png: mmse with tiny, noise level 25" in capsys.readouterr().out


def test_quiet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "in.png", "out.png", "--quiet", *NOISE]) == 0
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_existing_output_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out.png").write_bytes(b"precious")
    assert main(["restore", "in.png", "out.png", *NOISE]) == 1
    assert "pass --overwrite" in capsys.readouterr().err
    assert Path("out.png").read_bytes() == b"precious"
    assert main(["restore", "in.png", "out.png", "--overwrite", *NOISE]) == 0
    assert Path("out.png").read_bytes() != b"precious"


def test_output_may_not_be_the_input(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", "in.png", "./in.png", "--overwrite", *NOISE]) == 1
    assert "is the input itself" in capsys.readouterr().err


@pytest.mark.parametrize("inputs", [["many"], ["many/*.tif"], ["many/a.tif", "in.png"]])
def test_several_inputs_fill_a_folder(folder: Path, inputs: list[str]) -> None:
    Path("many").mkdir()
    for name in ("a.tif", "b.tif"):
        stack = np.zeros((3, 20, 20), np.uint16)
        tifffile.imwrite(f"many/{name}", stack, photometric="minisblack")
    assert main(["restore", *inputs, "done", *NOISE]) == 0
    for path in Path("done").glob("*.tif"):
        assert tifffile.imread(path).shape == (3, 20, 20)
    assert len(list(Path("done").iterdir())) == 2


def test_a_bad_file_is_named_and_the_others_are_done(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("many").mkdir()
    Path("many/broken.png").write_bytes(b"no image")
    Path("in.png").rename("many/in.png")
    assert main(["restore", "many", "done", *NOISE]) == 1
    captured = capsys.readouterr()
    assert "broken.png" in captured.err
    assert "1 of 2 images restored" in captured.out
    assert [path.name for path in Path("done").iterdir()] == ["in.png"]


def test_inpaint_with_a_mask(folder: Path) -> None:
    mask = np.zeros((20, 24), np.uint8)
    mask[5:9, 5:9] = 255
    Image.fromarray(mask).save("mask.png")
    command = ["restore", "in.png", "out.png", *TINY, "--degradation", "inpaint"]
    assert main([*command, "--mask", "mask.png"]) == 0
    before, after = (np.asarray(Image.open(name)) for name in ("in.png", "out.png"))
    np.testing.assert_array_equal(after[mask == 0], before[mask == 0])
    assert (after[mask > 0] != before[mask > 0]).any()


def test_a_coloured_mask_marks_what_is_not_black(folder: Path) -> None:
    mask = np.zeros((20, 24, 4), np.uint8)
    mask[..., 3] = 255
    mask[5:9, 5:9, 0] = 1
    Image.fromarray(mask).save("mask.png")
    command = ["restore", "in.png", "out.png", *TINY, "--degradation", "inpaint"]
    assert main([*command, "--mask", "mask.png"]) == 0
    before, after = (np.asarray(Image.open(name)) for name in ("in.png", "out.png"))
    changed = np.argwhere(before != after)
    assert changed.min() >= 5
    assert changed.max() < 9


def test_options_of_estimators_come_from_their_fields(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["restore", "--help"])
    text = capsys.readouterr().out
    for option in ("--steps", "--smallest", "--space", "--no-log-det", "--sigma"):
        assert option in text
    assert f"default {MAP().steps}" in text
    command = ["restore", "in.png", "out.png", *NOISE]
    options = ["--estimator", "latent-map", "--steps", "2", "--no-log-det"]
    assert main([*command, *options, "--space", "latent"]) == 0


BAD = {
    "no input": (["restore", "nothing.png", "out.png"], "nothing.png"),
    "prior": (["restore", "in.png", "out.png", "--prior", "x"], "no prior 'x'"),
    "sigma": (["restore", "in.png", "out.png", *TINY, "--sigma", "-1"], "sigma is -1"),
    "device": (["restore", "in.png", "o.png", "--device", "abacus"], "abacus"),
    "mask": (
        ["restore", "in.png", "o.png", *TINY, "--degradation", "inpaint"],
        "--mask",
    ),
    "axes": (["restore", "in.png", "out.png", *TINY, "--axes", "ZYX"], "ZYX"),
    "format": (["restore", "in.png", "out.gif", *TINY], ".gif"),
    "type": (["restore", "in.png", "out.png", *NOISE, "--dtype", "float32"], "float32"),
    "no type": (["restore", "in.png", "out.png", *NOISE, "--dtype", "real"], "real"),
    "steps": (
        ["restore", "in.png", "out.png", *NOISE, "--estimator", "map", "--steps", "0"],
        "steps is 0",
    ),
    "surplus": (
        ["restore", "in.png", "o.png", *NOISE, "--estimator", "mmse", "--steps", "9"],
        "mmse has no option --steps",
    ),
    "auto": (["restore", "in.png", "o.png", *NOISE, "--steps", "9"], "--estimator"),
    "mask for noise": (
        ["restore", "in.png", "o.png", *NOISE, "--mask", "in.png"],
        "--degradation inpaint",
    ),
}


@pytest.mark.parametrize(("command", "words"), BAD.values(), ids=BAD.keys())
def test_errors_are_sentences(
    folder: Path, capsys: pytest.CaptureFixture[str], command: list[str], words: str
) -> None:
    before = sorted(folder.iterdir())
    assert main(command) == 1
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error
    assert "this is a bug" not in error
    assert sorted(folder.iterdir()) == before


def test_wrong_usage_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ([], ["mend"], ["restore", "in.png"]):
        with pytest.raises(SystemExit, match="2"):
            main(command)


def test_interruption_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("napari_flowprior.cli._restore.iter_restore", interrupt)
    before = sorted(folder.iterdir())
    assert main(["restore", "in.png", "out.png", *NOISE]) == 130
    assert sorted(folder.iterdir()) == before
