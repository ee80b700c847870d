"""napari closed at random moments, a few times; `benchmarks/stress` has more of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "stress" / "closings.py"


@pytest.mark.slow
@pytest.mark.viewer
def test_napari_ends_in_order() -> None:
    pytest.importorskip("napari", reason="needs napari")
    # Several images one after the other: what begins as the window closes.
    command = [sys.executable, str(SCRIPT), "--number", "2", "--seed", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith("     2  cases, 0 failures\n")
