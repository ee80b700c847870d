"""Every example runs as it is; those that open a viewer are tested with the widgets."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import pytest
from running import run_script

EXAMPLES = Path(__file__).parents[1] / "examples"
TOPICS = [path for path in EXAMPLES.iterdir() if path.is_dir()]
GAIN = re.compile(r"^\w+: ([\d.]+) dB, ([\d.]+) dB$", re.M)
# Those that damage an image and restore it, and say what was gained.
RESTORING = sorted(
    [*EXAMPLES.glob("degradations/plot_*.py"), *EXAMPLES.glob("extending/plot_*.py")]
)


@pytest.fixture(autouse=True)
def _no_windows() -> None:
    mpl.use("agg")


def run(path: Path, folder: Path) -> str:
    """Run an example of the gallery, and return what it printed."""
    try:
        with pytest.warns(UserWarning, match="non-interactive"):
            return run_script(path, cwd=folder)
    finally:
        mpl.pyplot.close("all")


def test_every_script_has_a_topic_with_a_header() -> None:
    assert not list(EXAMPLES.glob("*.py"))
    assert (EXAMPLES / "GALLERY_HEADER.rst").is_file()
    for topic in TOPICS:
        assert (topic / "GALLERY_HEADER.rst").is_file(), topic


@pytest.mark.slow
def test_demo(tmp_path: Path) -> None:
    demo = EXAMPLES / "first_steps" / "demo.py"
    assert run_script(demo, "--no-show", cwd=tmp_path)
    names = {path.name for path in tmp_path.glob("demo/*")}
    assert names == {"camera.png", "cat.png"}


@pytest.mark.slow
@pytest.mark.parametrize("path", RESTORING, ids=lambda path: path.stem)
def test_damage_is_undone_in_part(path: Path, tmp_path: Path) -> None:
    (gain,) = GAIN.findall(run(path, tmp_path))
    before, after = map(float, gain)
    assert after - before > 0.7


@pytest.mark.slow
def test_arrays(tmp_path: Path) -> None:
    said = run(EXAMPLES / "first_steps" / "plot_arrays.py", tmp_path)
    noisy, restored, told = map(float, re.findall(r"([\d.]+) dB", said))
    assert min(restored, told) > noisy + 6


@pytest.mark.slow
def test_stack(tmp_path: Path) -> None:
    said = run(EXAMPLES / "first_steps" / "plot_stack.py", tmp_path)
    assert "100% Restoring" in said
    assert "'name': 'microscopy'" in said


@pytest.mark.slow
def test_diagnose(tmp_path: Path) -> None:
    said = run_script(EXAMPLES / "first_steps" / "plot_diagnose.py", cwd=tmp_path)
    noise, photons, jpeg = re.split(r"^(?:noise|photons|JPEG):$", said, flags=re.M)[1:]
    assert "the same at all intensities" in noise
    assert "grows with brightness" in photons
    assert "compressed as JPEG" in jpeg


@pytest.mark.slow
def test_density(tmp_path: Path) -> None:
    """Noise and disorder cost bits, and the score leads out of noise."""
    said = run(EXAMPLES / "priors" / "plot_density.py", tmp_path)
    clean, noisy, shuffled = map(float, re.findall(r"([\d.]+) bits", said))
    assert clean < noisy < shuffled
    before, after = map(float, re.findall(r"error \w+ ([\d.]+)", said))
    assert after < before / 2


@pytest.mark.slow
def test_training(tmp_path: Path) -> None:
    said = run(EXAMPLES / "priors" / "plot_train_prior.py", tmp_path)
    assert said.count("HeldOutFigures(step=") == 2
    noisy, *restored = map(float, re.findall(r"([\d.]+) dB", said))
    assert min(restored) > noisy + 10


@pytest.mark.slow
def test_uncertainty(tmp_path: Path) -> None:
    """Errors are where little is trusted, and within what is said of them."""
    said = run(EXAMPLES / "uncertainty" / "plot_uncertainty.py", tmp_path)
    inside, everywhere, *worst = said.splitlines()
    assert 75 < float(inside.split()[-4].rstrip("%")) < 97
    bits, errors = zip(*map(rated, [everywhere, *worst]), strict=True)
    assert bits[1:] == tuple(sorted(bits[1:], reverse=True))
    assert min(bits[1:]) > bits[0]
    assert sum(errors[1:]) / len(worst) > errors[0]


def rated(line: str) -> tuple[float, float]:
    """Read the bits and the error of a line."""
    bits, error = re.findall(r"[\d.]+", line.split(":")[1])
    return float(bits), float(error)
