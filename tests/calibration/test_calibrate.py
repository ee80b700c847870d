"""From pairs to intervals that cover: in closed form, from folders, and refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from doubles import MEAN, GaussianPrior, random_prior

from napari_flowprior import FlowPrior, posterior
from napari_flowprior._errors import InputError, PriorFileError
from napari_flowprior.calibration import Pair, calibrate, find_pairs
from napari_flowprior.cli import main
from napari_flowprior.data import write_image
from napari_flowprior.restoration import Blur, Compose, Noise, damage_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIGMA = 0.1
# Of images whose prior takes them for half as lively as they are.
SPREAD, BELIEVED = 0.12, 0.06
FEW: dict[str, Any] = {"samples": 4, "steps": 4}


def pair(seed: int, side: int = 16) -> Pair:
    rng = np.random.default_rng(seed)
    clean = rng.normal(MEAN, SPREAD, (side, side))
    # The range of the image stays that of floats from 0 to 1.
    clean[0, :2] = 0, 1
    noisy = clean + rng.normal(0, SIGMA, clean.shape)
    return Pair(noisy.clip(0, 1), clean, f"pair {seed}")


def pairs(number: int, first: int = 0) -> list[Pair]:
    return [pair(first + seed) for seed in range(number)]


def coverage(prior: FlowPrior, found: list[Pair]) -> float:
    inside = []
    for each in found:
        result = posterior(each.noisy, prior=prior, degradation=Noise(SIGMA), **FEW)
        low, high = result.interval(0.9)
        inside.append(((low <= each.clean) & (each.clean <= high)).mean())
    return float(np.mean(inside))


def test_intervals_of_a_prior_that_is_too_sure() -> None:
    prior = GaussianPrior(spread=BELIEVED)
    fresh = pairs(20, first=1000)
    before = coverage(prior, fresh)
    assert before < 0.85
    found = calibrate(prior, pairs(24), degradation=Noise(SIGMA), **FEW)
    assert found.damage == "noise"
    assert found.before == pytest.approx(before, abs=0.04)
    assert found.after >= 0.9
    assert 0.88 < coverage(found.prior, fresh) < 0.94
    told = found.prior.info.calibration["noise"]
    assert (told["pairs"], told["coverage"], told["samples"]) == (24, 0.9, 4)
    assert not prior.info.calibration


def test_only_the_damage_that_was_calibrated_is_widened() -> None:
    prior = GaussianPrior()
    vars(prior.info)["calibration"] = {"noise": {"factor": 3.5}}
    image = pair(0).noisy
    noise = posterior(image, prior=prior, degradation=Noise(SIGMA), **FEW)
    blur = posterior(image, prior=prior, degradation=Blur(gaussian=1), **FEW)
    assert noise.provenance["widening"] == 3.5
    assert noise.provenance["calibrated"] == {"factor": 3.5}
    assert blur.provenance["widening"] > 2
    assert blur.provenance["calibrated"] is None


def test_calibrating_anew_does_not_build_on_the_last_time() -> None:
    prior = GaussianPrior(spread=BELIEVED)
    first = calibrate(prior, pairs(20), degradation=Noise(SIGMA), **FEW)
    again = calibrate(first.prior, pairs(20), degradation=Noise(SIGMA), **FEW)
    assert again.factor == first.factor


def test_the_name_of_a_damage() -> None:
    assert damage_name(Noise()) == "noise"
    assert damage_name(Compose(Blur(gaussian=1), Noise(0.1))) == "blur,noise"


def test_exact_intervals_need_more_pairs() -> None:
    prior = GaussianPrior(spread=BELIEVED)
    options: dict[str, Any] = {"degradation": Noise(SIGMA), "exact": True, **FEW}
    with pytest.raises(InputError, match="take 22 or more"):
        calibrate(prior, pairs(20), **options)
    exact = calibrate(prior, pairs(30), **options)
    usual = calibrate(prior, pairs(30), degradation=Noise(SIGMA), **FEW)
    assert exact.factor > usual.factor


BLOCKS = 1 + np.add.outer(2 * (np.arange(16) // 8), np.arange(16) // 8)


def with_regions(found: list[Pair]) -> list[Pair]:
    return [Pair(each.noisy, each.clean, each.name, BLOCKS) for each in found]


def sums_covered(prior: FlowPrior, found: list[Pair]) -> float:
    inside, told = [], {"degradation": Noise(SIGMA), **FEW}
    for each in found:
        result = posterior(each.noisy, prior=prior, regions=BLOCKS, **told)
        for region in result.sums(0.9):
            true = each.clean[region.label == BLOCKS].sum()
            inside.append(region.lower <= true <= region.upper)
    return float(np.mean(inside))


def test_sums_have_a_factor_of_their_own() -> None:
    prior = GaussianPrior(spread=BELIEVED)
    fresh = pairs(30, first=1000)
    told: dict[str, Any] = {"degradation": Noise(SIGMA), **FEW}
    found = calibrate(prior, with_regions(pairs(24)), **told)
    assert sums_covered(prior, fresh) < 0.85
    assert 0.87 < sums_covered(found.prior, fresh) <= 1
    without = calibrate(prior, pairs(24), **told)
    assert without.factor_of_sums is None
    assert without.factor == found.factor
    story = posterior(fresh[0].noisy, prior=found.prior, **told).provenance
    assert story["widening"] == found.factor
    assert story["widening_of_sums"] == found.factor_of_sums != found.factor


def test_regions_are_those_of_all_pairs() -> None:
    mixed = [*with_regions(pairs(20)), *pairs(2, first=50)]
    with pytest.raises(InputError, match="2 of 22 pairs have no regions"):
        calibrate(GaussianPrior(), mixed, degradation=Noise(SIGMA), **FEW)


@pytest.mark.parametrize(
    ("number", "options", "words"),
    [
        (19, {}, "There are 19 pairs, which say too little; take 20 or more"),
        (20, {"coverage": 1.0}, "coverage is 1.0"),
        (20, {"confidence": 0.0}, "confidence is 0.0"),
        (20, {"degradation": Noise(0.0)}, "all samples are the same and wrong"),
    ],
)
def test_what_is_refused(number: int, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        calibrate(GaussianPrior(), pairs(number), **options)


# --- pairs


def write(path: Path, image: NDArray[Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    write_image(path, image, "YX")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files ``a_noisy.npy`` and so on."""
    for name, found in zip("ab", pairs(2), strict=True):
        write(tmp_path / "pairs" / f"{name}_noisy.npy", found.noisy)
        write(tmp_path / "pairs" / f"{name}_clean.npy", found.clean)
    return tmp_path / "pairs"


def test_pairs_by_the_ends_of_their_names(folder: Path) -> None:
    (folder / "readme.txt").write_text("no image")
    # What macOS leaves beside a file on foreign disks.
    (folder / "._a_noisy.npy").write_bytes(b"")
    found = find_pairs(folder)
    assert [each.name for each in found] == ["a", "b"]
    noisy, clean, axes = found[1].read(None)
    np.testing.assert_array_equal(noisy, pair(1).noisy)
    np.testing.assert_array_equal(clean, pair(1).clean)
    assert axes == "YX"


def test_pairs_in_two_folders(tmp_path: Path) -> None:
    write(tmp_path / "noisy" / "a.npy", pair(0).noisy)
    write(tmp_path / "clean" / "a.npy", pair(0).clean)
    assert [each.name for each in find_pairs(tmp_path)] == ["a"]


def test_folders_that_hold_no_pairs(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        find_pairs(tmp_path / "nowhere")
    with pytest.raises(InputError, match="stands for no image"):
        find_pairs(tmp_path)
    write(tmp_path / "a.npy", pair(0).noisy)
    with pytest.raises(InputError, match="holds no pairs; name files NAME_noisy"):
        find_pairs(tmp_path)
    (folder / "b_clean.npy").unlink()
    with pytest.raises(InputError, match=r"b_noisy\.npy has no other half"):
        find_pairs(folder)


def test_pairs_and_their_regions(tmp_path: Path, folder: Path) -> None:
    labels = tmp_path / "labels"
    with pytest.raises(InputError, match="is no folder; name the one that holds the l"):
        find_pairs(folder, labels)
    write(labels / "a.npy", BLOCKS)
    with pytest.raises(InputError, match=r"no labels for the pair b; name them b\.tif"):
        find_pairs(folder, labels)
    write(labels / "b.npy", BLOCKS)
    for each in find_pairs(folder, labels):
        np.testing.assert_array_equal(each.read_regions(), BLOCKS)
    assert find_pairs(folder)[0].read_regions() is None


def test_pairs_that_are_none() -> None:
    noisy, clean = pair(0).noisy, pair(0).clean
    with pytest.raises(InputError, match=r"x: the images have the shapes \(16, 16\)"):
        Pair(noisy, clean[1:], "x").read(None)
    with pytest.raises(InputError, match="take the mean of exposures, not their sum"):
        Pair(noisy, 50 * clean, "x").read(None)


# --- files and the command


def test_a_prior_file_keeps_its_calibration(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    prior = FlowPrior.load("photo-gray")
    vars(prior.info)["calibration"] = {"noise": {"factor": 2.5}}
    prior.save(path, half=True)
    assert FlowPrior.load(path).info.calibration == {"noise": {"factor": 2.5}}
    bad_sums = {"factor": 1.0, "factor_of_sums": "2"}
    for entry in ({"factor": -1.0}, {}, 3, {"factor": True}, bad_sums):
        vars(prior.info)["calibration"] = {"noise": entry}
        with pytest.raises((InputError, PriorFileError), match="must hold a factor"):
            prior.save(path, overwrite=True)


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:16, :16]
    for number in range(20):
        clean = 0.5 + 0.3 * np.sin(rows / (3 + number) + columns / 4)
        write(Path("pairs") / f"{number}_clean.npy", clean)
        noisy = clean + rng.normal(0, SIGMA, clean.shape)
        write(Path("pairs") / f"{number}_noisy.npy", noisy.clip(0, 1))
        write(Path("cells") / f"{number}.npy", BLOCKS)
    command = ["calibrate", "photo-gray", "--pairs", "pairs", "--device", "cpu"]
    command += ["--sigma", "0.1", "--samples", "2", "--steps", "2"]
    assert main(command) == 2
    assert "name the calibrated one with --out" in capsys.readouterr().err
    random_prior().save("random.safetensors", half=True)
    command[1] = "random.safetensors"
    assert main([*command, "--out", "mine.safetensors", "--quiet"]) == 0
    factor = FlowPrior.load("mine.safetensors").info.calibration["noise"]["factor"]
    assert 0.1 < factor < 100
    size = Path("mine.safetensors").stat().st_size
    command[1] = "mine.safetensors"
    assert main([*command, "--regions", "cells"]) == 0
    said = capsys.readouterr().out
    assert "Intervals for sums are " in said
    assert f"intervals for noise are {factor:.3g} times as wide as samples say" in said
    assert "On 20 pairs they cover 9" in said
    # Half precision stays half.
    assert Path("mine.safetensors").stat().st_size == pytest.approx(size, rel=0.01)
    assert main([*command, "--out", "mine.safetensors"]) == 2
    assert main(["info", "mine.safetensors"]) == 0
    assert "calibration:" in capsys.readouterr().out
