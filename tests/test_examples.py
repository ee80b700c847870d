"""Every example runs as it is; those that open a viewer are tested with the widgets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from running import run_python, run_script

EXAMPLES = Path(__file__).parents[1] / "examples"
GAIN = re.compile(r"(\w+): ([\d.]+) dB, ([\d.]+) dB")


@pytest.mark.slow
def test_demo(tmp_path: Path) -> None:
    assert run_python(EXAMPLES / "demo.py", "--no-show", cwd=tmp_path)
    names = {path.name for path in tmp_path.glob("demo/*")}
    assert names == {"camera.png", "cat.png"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["restore_array.py", "train_prior.py"])
def test_example(name: str, tmp_path: Path) -> None:
    assert run_script(EXAMPLES / name, cwd=tmp_path)


@pytest.mark.slow
def test_every_degradation_is_undone_in_part(tmp_path: Path) -> None:
    said = run_script(EXAMPLES / "degradations.py", "--side", "64", cwd=tmp_path)
    gains = {n: float(after) - float(before) for n, before, after in GAIN.findall(said)}
    assert len(gains) == said.count("\n") == 12
    assert min(gains.values()) > 0.7


@pytest.mark.slow
def test_uncertainty(tmp_path: Path) -> None:
    """Errors are where little is trusted, and within what is said of them."""
    options = ["--picture", "maps.png"]
    said = run_script(EXAMPLES / "uncertainty.py", *options, cwd=tmp_path)
    inside, everywhere, *worst = said.splitlines()
    assert 75 < float(inside.split()[-4].rstrip("%")) < 97
    bits, errors = zip(*map(rated, [everywhere, *worst]), strict=True)
    assert bits[1:] == tuple(sorted(bits[1:], reverse=True))
    assert min(bits[1:]) > bits[0]
    assert sum(errors[1:]) / len(worst) > errors[0]
    assert (tmp_path / "maps.png").is_file()


def rated(line: str) -> tuple[float, float]:
    """Read the bits and the error of a line."""
    bits, error = re.findall(r"[\d.]+", line.split(":")[1])
    return float(bits), float(error)
