"""``napari-flowprior restore``, run in process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from tqdm import tqdm

from napari_flowprior.cli import main
from napari_flowprior.data import ImageFile, read_image
from napari_flowprior.restoration import MAP, RestoreEvent, Run

if TYPE_CHECKING:
    from collections.abc import Generator

TINY = ["--prior", "tiny.safetensors", "--device", "cpu"]
NOISE = [*TINY, "--degradation", "noise", "--sigma", "25"]
INPAINT = ["--degradation", "inpaint"]
BLUR = ["--degradation", "blur"]


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


def test_warnings_are_lines_beside_the_output(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def restored() -> Generator[RestoreEvent, None, dict[str, Any]]:
        yield RestoreEvent(done=1, total=1)
        names = {key: {"name": "any"} for key in ("prior", "degradation", "estimator")}
        said = {"seconds": 1.0, "device": "cpu", "warnings": ["Check the PSF."]}
        return {**names, **said, "sigma": 1.0}

    name = "napari_flowprior.batch._files.iter_restore_file"
    monkeypatch.setattr(name, lambda *given, **options: Run(restored()))
    summarise = "napari_flowprior.cli._restore.summarise"
    monkeypatch.setattr(summarise, lambda provenance: "done")
    assert main(["restore", "in.png", "out.png", *NOISE]) == 0
    captured = capsys.readouterr()
    assert "in.png: Check the PSF." in captured.err
    assert "Check" not in captured.out


def test_existing_output_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out.png").write_bytes(b"precious")
    assert main(["restore", "in.png", "out.png", *NOISE]) == 1
    assert "pass --overwrite" in capsys.readouterr().err
    assert Path("out.png").read_bytes() == b"precious"
    assert main(["restore", "in.png", "out.png", "--overwrite", *NOISE]) == 0
    assert Path("out.png").read_bytes() != b"precious"


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


def test_whatever_happens_to_one_image_the_others_are_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("many").mkdir()
    for name in ("a.png", "b.png"):
        Path(f"many/{name}").write_bytes(Path("in.png").read_bytes())

    def failing(path: Path) -> ImageFile:
        if path.name == "a.png":
            raise MemoryError("Unable to allocate 3 EiB")
        return read_image(path)

    monkeypatch.setattr("napari_flowprior.batch._file.read_image", failing)
    assert main(["restore", "many", "done", *NOISE]) == 1
    captured = capsys.readouterr()
    assert "a.png: There is not enough memory (Unable" in captured.err
    assert "1 of 2 images restored" in captured.out
    assert [path.name for path in Path("done").iterdir()] == ["b.png"]


def test_progress_has_a_total(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bars = []

    class Bar(tqdm):
        def __init__(self, **options: Any) -> None:
            # Standard error is no terminal here, where a bar disables itself.
            super().__init__(**{**options, "disable": False})

        def close(self) -> None:
            bars.append((self.desc, self.n, self.total))
            super().close()

    monkeypatch.setattr("napari_flowprior.cli._restore.tqdm", Bar)
    assert main(["restore", "in.png", "out.png", *NOISE]) == 0
    name, done, total = bars[0]
    assert name == "in.png"
    assert done == total > 0


def test_inpaint_with_a_mask(folder: Path) -> None:
    mask = np.zeros((20, 24), np.uint8)
    mask[5:9, 5:9] = 255
    Image.fromarray(mask).save("mask.png")
    command = ["restore", "in.png", "out.png", *TINY, "--degradation", "inpaint"]
    assert main([*command, "--mask", "mask.png"]) == 0
    before, after = (np.asarray(Image.open(name)) for name in ("in.png", "out.png"))
    np.testing.assert_array_equal(after[mask == 0], before[mask == 0])
    assert (after[mask > 0] != before[mask > 0]).any()


SPIKE = np.pad([[200]], 2)
BOX = np.ones((3, 3))
LEVELS = np.full((20, 24), 12.5, np.float32)
# What is said of each degradation, and how large the result is.
DEGRADED = {
    "noise": [],
    "noise map": ["--noise-map", "levels.tif"],
    "poisson-gaussian": ["--gain", "1.5", "--offset", "-3", "--read-noise", "2"],
    "quantized": ["--bits", "2"],
    "inpaint": ["--mask", "mask.png", "--sigma", "3"],
    "inpaint bad pixels": ["--bad-pixels"],
    "blur gaussian": ["--gaussian", "1.2", "--sigma", "4"],
    "blur motion": ["--motion", "3", "--angle", "45", "--sigma", "4"],
    "blur psf": ["--psf", "psf.png", "--sigma", "4"],
    "blur even psf": ["--psf", "even.png", "--sigma", "4"],
    "downsample": ["--factor", "2", "--no-antialias"],
    "blind": ["--sigma", "9"],
}


SAID = {"poisson-gaussian": "mmse with tiny, gain 1.5, offset -3, read noise 2, "}
RAMP = np.add.outer(np.arange(20), 3 * np.arange(24)).astype(np.uint8)
# Of pixels that were left out nothing else is known than those that were not; and what
# a prior without training says of noise is not followed where that shows.
KEPT = ("downsample", "blur motion", "blind")
PICTURES = {
    "quantized": np.random.default_rng(1).integers(0, 4, (20, 24), np.uint8) * 85,
    "inpaint bad pixels": np.where(RAMP == 40, 255, RAMP).astype(np.uint8),
}


@pytest.fixture
def arrays(folder: Path) -> Path:
    """Files with a mask, a map of noise levels and point spread functions."""
    holes = np.zeros((20, 24), np.uint8)
    holes[5:9, 5:9] = 255
    Image.fromarray(holes).save("mask.png")
    Image.fromarray(np.full_like(holes, 255)).save("all.png")
    Image.fromarray(holes[:19]).save("small.png")
    tifffile.imwrite("levels.tif", LEVELS)
    tifffile.imwrite("negative.tif", -LEVELS)
    Image.fromarray(SPIKE.astype(np.uint8)).save("spike.png")
    Image.fromarray(BOX.astype(np.uint8)).save("psf.png")
    Image.fromarray(np.pad(SPIKE, 31).astype(np.uint8)).save("large.png")
    Image.fromarray(np.pad(BOX, (1, 0)).astype(np.uint8)).save("even.png")
    np.save("sum.npy", SPIKE.astype(np.float32))
    return folder


@pytest.mark.parametrize("case", DEGRADED)
def test_every_degradation(
    arrays: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, options = case.split()[0], DEGRADED[case]
    if case in PICTURES:
        Image.fromarray(PICTURES[case]).save("in.png")
    command = ["restore", "in.png", "out.png", *TINY, "--degradation", name, *options]
    assert main(command) == 0
    before, after = (np.asarray(Image.open(path)) for path in ("in.png", "out.png"))
    factor = 2 if case == "downsample" else 1
    assert after.shape == (20 * factor, 24 * factor)
    assert (after[::factor, ::factor] != before).any() == (case not in KEPT)
    assert SAID.get(case, "with tiny") in capsys.readouterr().out


def test_holes_are_nan_in_a_floating_image(arrays: Path) -> None:
    picture = np.asarray(Image.open("in.png"), np.float32)
    picture[5:9, 5:9] = np.nan
    tifffile.imwrite("in.tif", picture)
    assert main(["restore", "in.tif", "out.tif", *TINY, *INPAINT]) == 0
    filled, known = tifffile.imread("out.tif"), np.isfinite(picture)
    assert np.isfinite(filled).all()
    np.testing.assert_array_equal(filled[known], picture[known])


def test_a_psf_of_one_pixel_changes_nothing_but_noise(arrays: Path) -> None:
    options = [*TINY, "--degradation", "blur", "--psf", "spike.png", "--sigma", "0"]
    assert main(["restore", "in.png", "out.png", *options]) == 0
    before, after = (np.asarray(Image.open(name)) for name in ("in.png", "out.png"))
    # Noise-free data are kept but for what stabilises the inversion.
    assert np.abs(after.astype(int) - before).mean() < 4


def test_a_map_says_how_strong_the_noise_is(
    arrays: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", "in.png", "a.png", *TINY, "--noise-map", "levels.tif"]) == 0
    assert "noise level 12.5" in capsys.readouterr().out
    assert main(["restore", "in.png", "b.png", *TINY, "--sigma", "12.5"]) == 0
    first, second = (np.asarray(Image.open(name)) for name in ("a.png", "b.png"))
    np.testing.assert_array_equal(first, second)


def test_arrays_are_not_overwritten(
    arrays: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Path("levels.tif").read_bytes()
    options = [*TINY, "--overwrite", "--noise-map", "levels.tif"]
    assert main(["restore", "in.png", "levels.tif", *options]) == 1
    assert "levels.tif is an input itself" in capsys.readouterr().err
    assert Path("levels.tif").read_bytes() == before


def test_finer_pixels_are_smaller(folder: Path) -> None:
    stack = np.random.default_rng(0).integers(0, 256, (2, 12, 14), np.uint16)
    sizes = {"PhysicalSizeX": 0.6, "PhysicalSizeY": 0.3, "PhysicalSizeZ": 2.0}
    tifffile.imwrite("in.ome.tif", stack, metadata={"axes": "ZYX", **sizes})
    command = ["restore", "in.ome.tif", "out.ome.tif", *TINY, "--factor", "3"]
    assert main([*command, "--degradation", "downsample"]) == 0
    with tifffile.TiffFile("out.ome.tif") as file:
        assert file.series[0].shape == (2, 36, 42)
        pixels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
    found = [pixels[f"PhysicalSize{axis}"] for axis in "XYZ"]
    assert found == pytest.approx([0.2, 0.1, 2.0])


def test_enlargement_of_what_a_format_cannot_hold_is_refused_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.zeros((2, 9000), np.uint8)).save("wide.png")
    options = [*TINY, "--degradation", "downsample", "--factor", "8"]
    assert main(["restore", "wide.png", "out.jpg", *options]) == 1
    assert "at most 65500 pixels along a side, not 72000" in capsys.readouterr().err


def test_a_jpeg_file_says_how_it_was_compressed(folder: Path) -> None:
    ramp = np.tile(np.linspace(0, 255, 24).astype(np.uint8), (20, 1))
    tables = [[7 + k for k in range(64)]]
    Image.fromarray(ramp).save("in.jpg", qtables=tables)
    command = ["restore", "in.jpg", "out.png", *TINY, "--degradation", "jpeg"]
    assert main(command) == 0  # tables like these are nobody's, and cannot be estimated
    assert main([*command, "--overwrite", "--jpeg-quality", "20"]) == 0
    Image.fromarray(np.asarray(Image.open("in.jpg"))).save("in.png")
    command[1] = "in.png"
    assert main([*command, "--overwrite"]) == 1


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


FAILING = {
    "no input": (["restore", "nothing.png", "out.png"], "nothing.png"),
    "input itself": (["restore", "in.png", "in.png", "--overwrite"], "input itself"),
    "prior": (["restore", "in.png", "out.png", "--prior", "x"], "no prior 'x'"),
    "axes": (["restore", "in.png", "out.png", *TINY, "--axes", "ZYX"], "ZYX"),
    "format": (["restore", "in.png", "out.gif", *TINY], ".gif"),
    "folder": (["restore", "in.png", "no/out.png", *TINY], "no does not exist"),
    "no folder": (["restore", "in.png", "in.png", "in.png/a", *TINY], "in.png"),
    "long name": (["restore", "a" * 300, "out.png", *TINY], "too long"),
    "type": (["restore", "in.png", "out.png", *NOISE, "--dtype", "float32"], "float32"),
    "complex": (["restore", "in.png", "o.npy", *NOISE, "--dtype", "c8"], "complex64"),
    "no mask": (
        ["restore", "in.png", "o.png", *TINY, *INPAINT, "--mask", "m.png"],
        "m.png does not exist",
    ),
    "no holes": (["restore", "in.png", "o.png", *TINY, *INPAINT], "pass a mask"),
}
# Of images and arrays that do not go together.
UNFIT = {
    "mask": ([*INPAINT, "--mask", "small.png"], "shape (19, 24) does not fit"),
    "map": (["--noise-map", "small.png"], "shape (19, 24) does not fit"),
    "negative map": (["--noise-map", "negative.tif"], "values that are negative"),
    "factor": (["--degradation", "downsample", "--factor", "8"], "more than the image"),
    "estimator": ([*BLUR, "--gaussian", "1", "--estimator", "mmse"], "use hqs"),
}
SENSELESS = {
    "all missing": ([*INPAINT, "--mask", "all.png"], "marks every pixel"),
    "sum of the PSF": ([*BLUR, "--psf", "sum.npy"], "sum 200 instead of 1"),
    "large PSF": ([*BLUR, "--psf", "large.png"], "crop its sides to at most 65"),
    "empty PSF": ([*BLUR, "--psf", "none.png"], "sum 0 instead of 1"),
    "no PSF": (BLUR, "none of them"),
    "two PSFs": ([*BLUR, "--gaussian", "2", "--psf", "psf.png"], "psf and gaussian"),
    "width": ([*BLUR, "--gaussian", "0"], "--gaussian is 0.0; it must be from 0.1"),
    "noise of a blur": ([*BLUR, "--gaussian", "2", "--sigma", "-1"], "--sigma is -1.0"),
    "map and level": (["--noise-map", "levels.tif", "--sigma", "2"], "not both"),
    "gain": (["--degradation", "poisson-gaussian", "--gain", "-1"], "--gain is -1"),
    "bits": (["--degradation", "quantized", "--bits", "16"], "--bits is 16"),
    "factor": (["--degradation", "downsample", "--factor", "1"], "--factor is 1"),
    "other's": ([*BLUR, "--bits", "3"], "blur has no option --bits (of quantized)"),
}
MISUSED = {
    "sigma": ([*TINY, "--sigma", "-1"], "--sigma is -1.0; it must be 0 or more"),
    "quality": (
        [*TINY, "--degradation", "jpeg", "--jpeg-quality", "0"],
        "--jpeg-quality is 0; it must be a whole number from 1 to 100",
    ),
    "tile": ([*NOISE, "--tile", "-2"], "--tile is -2; it must be a whole number"),
    "device": (["--device", "abacus"], "abacus"),
    "no type": ([*NOISE, "--dtype", "real"], "real"),
    "steps": ([*NOISE, "--estimator", "map", "--steps", "0"], "--steps is 0"),
    "surplus": (
        [*NOISE, "--estimator", "mmse", "--steps", "9"],
        "mmse has no option --steps",
    ),
    "auto": ([*NOISE, "--steps", "9"], "--steps needs an --estimator"),
    "mask for noise": ([*NOISE, "--mask", "in.png"], "no option --mask (of inpaint)"),
}
MISUSES = {
    name: (["restore", "in.png", "out.png", *options], words)
    for name, (options, words) in MISUSED.items()
}


@pytest.mark.parametrize(
    ("code", "command", "words"),
    [
        *(pytest.param(1, *case, id=name) for name, case in FAILING.items()),
        *(pytest.param(2, *case, id=name) for name, case in MISUSES.items()),
    ],
)
def test_errors_are_sentences(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    code: int,
    command: list[str],
    words: str,
) -> None:
    before = sorted(folder.iterdir())
    assert main(command) == code
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert "this is a bug" not in error
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("code", "options", "words"),
    [
        *(pytest.param(1, *case, id=name) for name, case in UNFIT.items()),
        *(pytest.param(2, *case, id=f"no {name}") for name, case in SENSELESS.items()),
    ],
)
def test_degradations_that_make_no_sense(
    arrays: Path,
    capsys: pytest.CaptureFixture[str],
    code: int,
    options: list[str],
    words: str,
) -> None:
    Image.fromarray(np.zeros((5, 5), np.uint8)).save("none.png")
    Image.fromarray(np.zeros((7, 7), np.uint8)).save("tiny.png")
    image = "tiny.png" if "downsample" in options else "in.png"
    command = ["restore", image, "out.png", *TINY, *options]
    test_errors_are_sentences(arrays, capsys, code, command, words)


def test_interruption_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []

    def steps() -> Generator[RestoreEvent, None, None]:
        try:
            yield RestoreEvent(done=0, total=1)
            yield RestoreEvent(done=1, total=1)
        finally:
            closed.append(True)

    class Bar(tqdm):
        def update(self, n: float | None = 1) -> bool | None:
            raise KeyboardInterrupt

    monkeypatch.setattr(
        "napari_flowprior.batch._file.iter_restore", lambda *options: Run(steps())
    )
    monkeypatch.setattr("napari_flowprior.cli._restore.tqdm", Bar)
    before = sorted(folder.iterdir())
    assert main(["restore", "in.png", "out.png", *NOISE]) == 130
    assert closed
    assert sorted(folder.iterdir()) == before


def test_interruption_while_writing_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    before = sorted(folder.iterdir())
    assert main(["restore", "in.png", "out.png", *NOISE]) == 130
    assert sorted(folder.iterdir()) == before


def test_report_and_resume(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("many").mkdir()
    Path("many/a.png").write_bytes(Path("in.png").read_bytes())
    Path("many/b.png").write_bytes(b"no image")
    command = ["restore", "many", "done", *NOISE, "--report", "report.csv"]
    assert main(command) == 1
    assert "1 of 2 images restored" in capsys.readouterr().out
    assert len(Path("report.csv").read_text().splitlines()) == 3
    Path("many/b.png").write_bytes(Path("in.png").read_bytes())
    assert main([*command, "--resume"]) == 0
    captured = capsys.readouterr().out
    assert "2 of 2 images restored, 1 of them before" in captured
    assert "a.png" not in captured
    assert main([*command, "--resume"]) == 0


def test_resume_needs_a_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", "in.png", "out.png", *NOISE, "--resume"]) == 2
    assert "--resume needs the --report" in capsys.readouterr().err
