"""``napari-flowprior restore --degradation A,B,C``: several in their order."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_flowprior import posterior, restore
from napari_flowprior.cli import main
from napari_flowprior.cli._degradation import make_degradation
from napari_flowprior.cli._restore import add_options
from napari_flowprior.restoration import (
    JPEG,
    Blur,
    Compose,
    Degradation,
    Downsample,
    Inpaint,
    Noise,
    PoissonGaussian,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TINY: dict[str, Any] = {"prior": "tiny.safetensors", "device": "cpu"}
COMMAND = ["restore", "in.png", "out.png", "--prior", TINY["prior"], "--device", "cpu"]
FEW: dict[str, int] = {"samples": 2, "steps": 2}


def said(*arguments: str) -> Degradation:
    parser = argparse.ArgumentParser()
    add_options(parser)
    command = ["in.png", "out.png", "--degradation", *arguments]
    return make_degradation(parser.parse_args(command))


def parts_of(degradation: Degradation) -> tuple[Degradation, ...]:
    assert isinstance(degradation, Compose)
    return degradation.parts


def picture(name: str = "in.png") -> np.ndarray:
    return np.asarray(Image.open(name))


def test_one_is_itself() -> None:
    assert said("jpeg", "--jpeg-quality", "20") == JPEG(quality=20)


CAMERA = ["--gain", "2", "--offset", "0", "--read-noise", "1"]


def test_options_find_their_owners() -> None:
    options = ["--gaussian", "1.5", *CAMERA, "--jpeg-quality", "50"]
    blur, camera, jpeg = parts_of(said("blur,poisson-gaussian,jpeg", *options))
    assert isinstance(blur, Blur)
    assert (blur.gaussian, blur.sigma) == (1.5, None)
    assert camera == PoissonGaussian(2, 0, 1)
    assert jpeg == JPEG(quality=50)


@pytest.mark.parametrize("names", ["blur,noise", "noise,blur"])
def test_a_shared_level_is_that_of_noise(names: str) -> None:
    parts = parts_of(said(names, "--gaussian", "1", "--sigma", "7"))
    assert ",".join(part.name for part in parts) == names
    levels = {part.name: part.sigma for part in parts if isinstance(part, Blur | Noise)}
    assert levels == {"blur": None, "noise": 7}


def test_a_shared_level_of_another_has_its_name() -> None:
    options = ["--gaussian", "1", "--sigma", "7", "--blur-sigma", "2"]
    blur, noise = parts_of(said("blur,noise", *options))
    assert isinstance(blur, Blur)
    assert isinstance(noise, Noise)
    assert (blur.sigma, noise.sigma) == (2, 7)
    blur, _ = parts_of(said("blur,jpeg", "--gaussian", "1", "--blur-sigma", "3"))
    assert isinstance(blur, Blur)
    assert blur.sigma == 3


def test_a_level_that_one_has_is_its_own() -> None:
    blur, _ = parts_of(said("blur,jpeg", "--gaussian", "1", "--sigma", "7"))
    assert isinstance(blur, Blur)
    assert blur.sigma == 7


SOFT = ["--gaussian", "1.2"]
CASES: dict[str, tuple[list[str], Callable[[], Compose]]] = {
    "noises": (
        ["blur,poisson-gaussian,jpeg", *SOFT, *CAMERA, "--jpeg-quality", "80"],
        lambda: Compose(Blur(gaussian=1.2), PoissonGaussian(2, 0, 1), JPEG(80)),
    ),
    "holes": (
        ["blur,noise,inpaint", *SOFT, "--sigma", "5", "--mask", "mask.png"],
        lambda: Compose(
            Blur(gaussian=1.2), Noise(5), Inpaint(picture("mask.png").astype(bool))
        ),
    ),
    "finer pixels": (
        ["blur,downsample,noise", *SOFT, "--sigma", "5"],
        lambda: Compose(Blur(gaussian=1.2), Downsample(), Noise(5)),
    ),
}


@pytest.fixture
def masked(folder: Path) -> Path:
    """The working directory with a mask, too."""
    holes = np.zeros((20, 24), np.uint8)
    holes[5:9, 5:9] = 255
    Image.fromarray(holes).save("mask.png")
    return folder


@pytest.mark.parametrize("case", CASES)
def test_several(masked: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    options, make = CASES[case]
    assert main([*COMMAND, "--degradation", *options]) == 0
    assert "noise level" in capsys.readouterr().out
    expected = restore(picture(), degradation=make(), **TINY)
    np.testing.assert_array_equal(picture("out.png"), expected)


@pytest.mark.parametrize("case", CASES)
def test_samples_of_several(masked: Path, case: str) -> None:
    options, make = CASES[case]
    few = [word for name, value in FEW.items() for word in (f"--{name}", str(value))]
    maps = ["--uncertainty", "std.tif", *few]
    assert main([*COMMAND, "--degradation", *options, *maps]) == 0
    found = posterior(picture(), degradation=make(), **TINY, **FEW)
    np.testing.assert_array_equal(picture("out.png"), found.mean)
    np.testing.assert_array_equal(tifffile.imread("std.tif"), found.std)


@pytest.mark.parametrize("case", CASES)
def test_log_likelihood_in_several(masked: Path, case: str) -> None:
    options, _ = CASES[case]
    assert (
        main([*COMMAND, "--degradation", *options, "--log-likelihood", "bits.tif"]) == 0
    )
    bits = tifffile.imread("bits.tif")
    assert bits.shape == picture("out.png").shape
    assert np.isfinite(bits).all()


def test_a_jpeg_file_says_how_it_was_compressed(folder: Path) -> None:
    tables = [[7 + k for k in range(64)]]
    ramp = np.tile(np.linspace(0, 255, 24).astype(np.uint8), (20, 1))
    Image.fromarray(ramp).save("in.jpg", qtables=tables)
    command = ["restore", "in.jpg", *COMMAND[2:], "--degradation", "noise,jpeg"]
    assert main([*command, "--sigma", "5"]) == 0
    # Tables like these are nobody's, and cannot be estimated.
    Image.fromarray(picture("in.jpg")).save("in.png")
    command[1] = "in.png"
    assert main([*command, "--sigma", "5", "--overwrite"]) == 1


def test_files_may_follow(folder: Path) -> None:
    names = ["--degradation", "noise, jpeg"]
    files = ["in.png", "out.png", "--sigma", "5", "--jpeg-quality", "50"]
    assert main(["restore", *COMMAND[3:], *names, *files]) == 0


@pytest.mark.parametrize("name", ["noise,jpg", "", "blur,", "noise jpeg"])
def test_names_that_are_none(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*COMMAND, "--degradation", name])
    error = " ".join(capsys.readouterr().err.split())
    assert "is no degradation; choose from auto, noise, poisson-gaussian" in error
    assert "put commas between several" in error


def test_help_says_whose_a_shared_option_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["restore", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "one or several of auto, noise, " in text
    assert "such as --sigma, are of noise" in text


SENSELESS = {
    "order": (["jpeg,noise"], "jpeg is followed by another degradation"),
    "holes first": (["inpaint,blur", *SOFT], "inpaint is followed by"),
    "two roundings": (["jpeg,quantized"], "once; leave out all but"),
    "alone": (["blur,blind", *SOFT], "blind cannot be one of several"),
    "twice": (["noise,blur,noise", *SOFT], "noise is named more than once"),
    "camera": (["poisson-gaussian,blur", *SOFT], "give gain, offset and read"),
    "noise in holes": (["noise,inpaint"], "say how strong it is"),
    "nobody's": (["blur,jpeg", "--bits", "3"], "no option --bits (of quantized)"),
    "unclear": (
        ["blur,inpaint", *SOFT, "--sigma", "2"],
        "--sigma could be of blur, inpaint; say --blur-sigma for that of blur",
    ),
    "of another": (
        ["noise,jpeg", "--blur-sigma", "2"],
        "--blur-sigma is of blur, which is not chosen",
    ),
    "out of range": (["blur,noise", *SOFT, "--blur-sigma", "-2"], "-2"),
    "missing": (["noise,blur"], "given is none of them"),
}


@pytest.mark.parametrize("case", SENSELESS)
def test_what_makes_no_sense_is_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    options, words = SENSELESS[case]
    before = sorted(folder.iterdir())
    assert main([*COMMAND, "--degradation", *options]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert sorted(folder.iterdir()) == before
