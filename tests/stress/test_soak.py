"""Some work of all kinds in one viewer; `benchmarks/stress` has an hour of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "stress" / "soak.py"
NUMBER = 8


@pytest.mark.slow
@pytest.mark.viewer
@pytest.mark.skipif(sys.platform != "linux", reason="reads memory as Linux tells it")
def test_nothing_fails_and_nothing_piles_up(tmp_path: Path) -> None:
    pytest.importorskip("napari", reason="needs napari")
    table = tmp_path / "samples.csv"
    command = [sys.executable, str(SCRIPT), "--number", str(NUMBER), "--seed", "7"]
    # Much is loaded at first; only an hour tells whether it ends.
    command += ["--growth", "1", "--table", str(table)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{NUMBER}  jobs in " in ran.stdout
    assert len(table.read_text().splitlines()) == NUMBER + 1
