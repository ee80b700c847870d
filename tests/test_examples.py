"""Every example runs as it is; those that open a viewer are tested with the widgets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
HEADLESS = {"demo.py": ["--no-show"], "restore_array.py": []}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options"), HEADLESS.items())
def test_example(name: str, options: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    if name == "demo.py":
        assert {path.name for path in tmp_path.glob("demo/*")} == {
            "camera.png",
            "cat.png",
        }
