"""Every example runs as it is; those that open a viewer are tested with the widgets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from running import run_python

EXAMPLES = Path(__file__).parents[1] / "examples"
HEADLESS = {"demo.py": ["--no-show"], "restore_array.py": [], "train_prior.py": []}
GAIN = re.compile(r"(\w+): ([\d.]+) dB, ([\d.]+) dB")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options"), HEADLESS.items())
def test_example(name: str, options: list[str], tmp_path: Path) -> None:
    assert run_python(EXAMPLES / name, *options, cwd=tmp_path)
    if name == "demo.py":
        assert {path.name for path in tmp_path.glob("demo/*")} == {
            "camera.png",
            "cat.png",
        }


@pytest.mark.slow
def test_every_degradation_is_undone_in_part(tmp_path: Path) -> None:
    said = run_python(EXAMPLES / "degradations.py", cwd=tmp_path)
    gains = {n: float(after) - float(before) for n, before, after in GAIN.findall(said)}
    assert len(gains) == said.count("\n") == 12
    assert min(gains.values()) > 0.7
