"""The README says what is true: its examples run as they are printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from running import run_python

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """Return the code under a comment such as ``<!-- python example -->``."""
    found = re.search(rf"<!-- {name} example -->\n```python\n(.*?)```", README, re.S)
    assert found, f"the README has no {name} example"
    return found.group(1)


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """Run the first example, and return what it leaves to those that follow."""
    found: dict[str, Any] = {"__name__": "__main__"}
    exec(example("python"), found)
    return found


@pytest.mark.slow
def test_python_example(names: dict[str, Any]) -> None:
    check = (
        "\nassert out.shape == image.shape and out.dtype == image.dtype"
        "\nassert (filled[~mask] == clean[~mask]).all()"
        "\nassert score.shape == batch.shape and log_density.shape == (1,)"
    )
    exec(check, dict(names))


@pytest.mark.slow
def test_uncertainty_example(names: dict[str, Any]) -> None:
    check = (
        "\nassert ((lower <= clean) & (clean <= upper)).mean() > 0.8"
        "\nassert bits.shape == clean.shape and 0 < bits.min() < bits.max() < 8"
    )
    exec(example("uncertainty") + check, dict(names))


@pytest.mark.slow
def test_training_example(
    names: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    check = (
        "\nassert result.finished and out.shape == image.shape"
        "\nassert out.std() < image.std()"
    )
    exec(example("training") + check, dict(names))
    assert "HeldOutFigures(step=" in capsys.readouterr().out


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
