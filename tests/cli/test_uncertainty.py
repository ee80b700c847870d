"""``napari-flowprior restore`` by samples: mean, spread, intervals and sums."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_flowprior.cli import main
from napari_flowprior.restoration import Noise, PosteriorResult, posterior

NOISE = ["--prior", "tiny.safetensors", "--device", "cpu", "--sigma", "25"]
FEW = ["--samples", "3", "--steps", "2", "--seed", "4"]


def restore(*arguments: str) -> int:
    return main(["restore", *arguments, *NOISE])


def sampled(image: np.ndarray, **options: Any) -> PosteriorResult:
    """Sample as the command line is told to."""
    return posterior(
        image,
        prior="tiny.safetensors",
        degradation=Noise(sigma=25),
        device="cpu",
        samples=3,
        steps=2,
        seed=4,
        **options,
    )


def test_two_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert restore("in.png", "out.png", "--uncertainty", "std.tif", *FEW) == 0
    said = capsys.readouterr().out
    assert "out.png and std.tif: sampling with tiny, noise level 25" in said
    mean, std = np.asarray(Image.open("out.png")), tifffile.imread("std.tif")
    found = sampled(np.asarray(Image.open("in.png")))
    assert std.dtype == np.float32
    np.testing.assert_array_equal(mean, found.mean)
    np.testing.assert_array_equal(std, found.std)


def test_several_images_fill_two_folders(folder: Path) -> None:
    Path("many").mkdir()
    for name in ("a.png", "b.png"):
        Path(f"many/{name}").write_bytes(Path("in.png").read_bytes())
    assert restore("many", "done", "--uncertainty", "std", *FEW) == 0
    assert sorted(path.name for path in Path("done").iterdir()) == ["a.png", "b.png"]
    assert sorted(path.name for path in Path("std").iterdir()) == ["a.tif", "b.tif"]


@pytest.mark.parametrize("place", ["maps", "maps/"])
def test_a_single_map_in_a_folder(folder: Path, place: str) -> None:
    assert restore("in.png", "out.png", "--uncertainty", place, *FEW) == 0
    assert [path.name for path in Path("maps").iterdir()] == ["out.tif"]


def test_finer_pixels(folder: Path) -> None:
    command = ["restore", "in.png", "out.png", *NOISE, "--degradation", "downsample"]
    assert main([*command, "--uncertainty", "std.npy", *FEW]) == 0
    assert Image.open("out.png").size == (48, 40)
    assert np.load("std.npy").shape == (40, 48)


def labels(path: str, shape: tuple[int, int] = (20, 24)) -> np.ndarray:
    """Write the labels of two regions, 2 on the left and 5 on the right."""
    regions = np.zeros(shape, np.uint8)
    regions[2:9, 3:10], regions[2:9, 14:20] = 2, 5
    Image.fromarray(regions).save(path)
    return regions


def rows(path: str) -> list[dict[str, str]]:
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def test_intervals_beside_the_mean(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert restore("in.png", "out.png", "--interval", "--coverage", "0.8", *FEW) == 0
    said = capsys.readouterr().out
    assert "out.png, out_lower.tif and out_upper.tif: sampling" in said
    image = np.asarray(Image.open("in.png"))
    found = sampled(image).interval(0.8)
    for end, values in zip(("lower", "upper"), found, strict=True):
        np.testing.assert_array_equal(tifffile.imread(f"out_{end}.tif"), values)


def test_sums_over_regions_are_those_of_whole_samples(folder: Path) -> None:
    regions = labels("labels.png")
    options = ["--regions", "labels.png", "--table", "sums.csv", *FEW]
    assert restore("in.png", "out.png", *options) == 0
    found = sampled(np.asarray(Image.open("in.png")), regions=regions).sums(0.9)
    for row, expected in zip(rows("sums.csv"), found, strict=True):
        assert (row["source"], row["coverage"]) == ("in.png", "0.9")
        assert (int(row["label"]), int(row["pixels"])) == (
            expected.label,
            expected.pixels,
        )
        for name in ("sum", "std", "lower", "upper"):
            value = getattr(expected, name)
            assert float(row[name]) == pytest.approx(value, rel=1e-6)


def test_a_batch_with_all_that_samples_say(folder: Path) -> None:
    for place in ("many", "marks"):
        Path(place).mkdir()
    for name in ("a", "b"):
        Path(f"many/{name}.png").write_bytes(Path("in.png").read_bytes())
        labels(f"marks/{name}.png")
    options = ["--uncertainty", "std", "--interval", "--regions", "marks", *FEW]
    options += ["--table", "sums.csv", "--report", "report.csv"]
    assert restore("many", "done", *options) == 0
    ends = [f"{name}_{end}.tif" for name in "ab" for end in ("lower", "upper")]
    written = sorted(path.name for path in Path("done").iterdir())
    assert written == sorted(["a.png", "b.png", *ends])
    assert [(Path(r["source"]).name, r["label"]) for r in rows("sums.csv")] == [
        ("a.png", "2"),
        ("a.png", "5"),
        ("b.png", "2"),
        ("b.png", "5"),
    ]
    # One that lacks an interval, or its sums, is not done.
    Path("done/a_upper.tif").unlink()
    stamp = Path("done/b.png").stat().st_mtime_ns
    assert restore("many", "done", "--resume", "--overwrite", *options) == 0
    assert Path("done/a_upper.tif").exists()
    assert Path("done/b.png").stat().st_mtime_ns == stamp
    Path("sums.csv").unlink()
    assert restore("many", "done", "--resume", "--overwrite", *options) == 0
    assert len(rows("sums.csv")) == 4


def test_sums_of_an_image_are_replaced_and_others_stay(folder: Path) -> None:
    labels("labels.png")
    Path("other.png").write_bytes(Path("in.png").read_bytes())
    options = ["--regions", "labels.png", "--table", "sums.csv", "--overwrite", *FEW]
    for name in ("in.png", "other.png", "in.png"):
        assert restore(name, "out.png", *options) == 0
    assert [row["source"] for row in rows("sums.csv")] == [
        *["other.png"] * 2,
        *["in.png"] * 2,
    ]


FAILING = {
    "ends there": (1, ["--interval"], "pass --overwrite"),
    "no labels": (1, ["--regions", "none.tif", "--table", "t.csv"], "does not exist"),
    "no folder": (1, ["--regions", "none/", "--table", "t.csv"], "There is no folder"),
    "of another name": (1, ["--regions", "marks", "--table", "t.csv"], "name them in"),
    "other shape": (1, ["--regions", "there.tif", "--table", "t.csv"], "(4, 4)"),
    "no table": (2, ["--regions", "there.tif"], "both of them or none"),
    "of nothing": (2, ["--table", "t.csv"], "both of them or none"),
    "no coverage": (2, ["--interval", "--coverage", "90"], "lie between 0 and 1"),
    "coverage alone": (2, ["--coverage", "0.5"], "--interval or --table"),
    "and bits": (2, ["--interval", "--log-likelihood", "b.tif"], "--interval of samp"),
    "interval, estimator": (2, ["--interval", "--estimator", "map"], "leave one"),
    "other table": (
        1,
        ["--regions", "there.tif", "--table", "other.csv"],
        "is no table of sums",
    ),
    "report": (
        2,
        ["--regions", "there.tif", "--table", "t.csv", "--report", "t.csv"],
        "both the --report and the --table",
    ),
    "type": (1, ["--uncertainty", "std.png"], "PNG holds"),
    "input": (1, ["--uncertainty", "in.png", "--overwrite"], "is an input itself"),
    "output": (1, ["--uncertainty", "out.tif"], "both the restored image and its"),
    "there": (1, ["--uncertainty", "there.tif"], "pass --overwrite"),
    "estimator": (2, ["--uncertainty", "u.tif", "--estimator", "map"], "leave one"),
    "one sample": (2, ["--uncertainty", "u.tif", "--samples", "1"], "from 2 to"),
    "other's": (
        2,
        ["--uncertainty", "u.tif", "--prior-weight", "1"],
        "no option --prior-weight",
    ),
    "without": (2, ["--samples", "4"], "ask for the --uncertainty"),
    "of another": (2, ["--estimator", "mmse", "--samples", "4"], "(of sampling)"),
}


@pytest.mark.parametrize("case", FAILING)
def test_what_makes_no_sense_is_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    code, options, words = FAILING[case]
    tifffile.imwrite("there.tif", np.ones((4, 4), np.uint8))
    Path("out_lower.tif").touch()
    Path("other.csv").write_text("a,b\n1,2\n")
    Path("marks").mkdir()
    before = sorted(folder.iterdir())
    assert restore("in.png", "out.tif", *options) == code
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_images_of_one_name_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.open("in.png").save("in.tif")
    assert restore("in.png", "in.tif", "done", "--uncertainty", "std", *FEW) == 1
    assert "would both become" in capsys.readouterr().err
