"""Damaged prior files, a few of each kind; `benchmarks/stress` has ten thousand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "stress" / "prior_files.py"


@pytest.mark.slow
def test_each_is_refused_in_a_sentence_or_sound() -> None:
    command = [sys.executable, str(SCRIPT), "--number", "300", "--seed", "20000"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith("   300  files, 0 failures\n")
    assert "foreign: refused" in ran.stdout
    assert "turned_weights: loaded" in ran.stdout
