"""Disturbed trainings, one of each kind; `benchmarks/stress` has more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "stress" / "trainings.py"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs to fork")
def test_disturbed_trainings_end_as_others_do() -> None:
    command = [sys.executable, str(SCRIPT), "--number", "7", "--seed", "20000"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith("     9  cases, 0 failures\n")
    assert "two_at_once: finished" in ran.stdout
    assert "to the end: same result" in ran.stdout
