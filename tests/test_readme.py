"""The README says what is true: its examples run as they are printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from running import run_python

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """Return the code under a comment such as ``<!-- python example -->``."""
    found = re.search(rf"<!-- {name} example -->\n```python\n(.*?)```", README, re.S)
    assert found, f"the README has no {name} example"
    return found.group(1)


@pytest.mark.slow
def test_python_example(tmp_path: Path) -> None:
    check = (
        "\nassert out.shape == image.shape and out.dtype == image.dtype"
        "\nassert (filled[~mask] == clean[~mask]).all()"
        "\nassert score.shape == batch.shape and log_density.shape == (1,)"
    )
    run_python("-c", example("python") + check, cwd=tmp_path)


@pytest.mark.slow
def test_uncertainty_example(tmp_path: Path) -> None:
    check = (
        "\nassert ((low <= clean) & (clean <= high)).mean() > 0.8"
        "\nassert bits.shape == clean.shape and 0 < bits.min() < bits.max() < 8"
    )
    code = example("python") + example("uncertainty") + check
    run_python("-c", code, cwd=tmp_path)


@pytest.mark.slow
def test_training_example(tmp_path: Path) -> None:
    check = (
        "\nassert result.finished and out.shape == image.shape"
        "\nassert out.std() < image.std()"
    )
    code = example("python") + example("training") + check
    printed = run_python("-c", code, cwd=tmp_path)
    assert "HeldOutFigures(step=" in printed


@pytest.mark.slow
@pytest.mark.viewer
def test_viewer_example(tmp_path: Path) -> None:
    pytest.importorskip("napari")
    code = example("viewer")
    assert "napari.run()" in code
    closing = "widget.finished.connect(lambda layer: viewer.close())\nnapari.run()"
    code = code.replace("napari.run()", closing)
    printed = run_python("-c", code, cwd=tmp_path)
    assert "noisy photograph restored" in printed


def test_pictures_are_there() -> None:
    for link in re.findall(r"!\[[^\]]*\]\(([^)]*)\)", README):
        path = link.split("/main/", 1)[-1]
        assert (Path(__file__).parents[1] / path).is_file(), link
