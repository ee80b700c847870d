"""The documentation says what is true: its code runs, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from markdown import blocks, commands, links
from public_names import public_modules

from napari_flowprior.cli._main import _parser

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(
    page for page in DOCS.rglob("*.md") if "_build" not in page.relative_to(DOCS).parts
)
VIEWER = DOCS / "tutorials" / "napari.md"

# What holds after the code of a page has run; every page with code is here.
CHECKS = {
    "getting_started.md": "assert restored.shape == image.shape",
    "reference/priors.md": (
        "assert score.shape == batch.shape and log_density.shape == (1,)"
    ),
    "tutorials/batch.md": (
        "assert out.shape == image.shape and out.dtype == image.dtype\n"
        "assert abs(result.astype(float) - 128).std() < 15"
    ),
    "tutorials/real_noise.md": (
        "assert diagnosis.findings[0].gain is not None\n"
        "errors = [abs(x - 100 - clean.astype(float)).mean() for x in (counts, found, "
        "told)]\n"
        "assert max(errors[1:]) < 0.6 * errors[0]"
    ),
    "tutorials/train.md": (
        "assert result.finished and out.shape == image.shape\n"
        "assert out.std() < image.std()"
    ),
    "tutorials/uncertainty.md": (
        "assert ((lower <= clean) & (clean <= upper)).mean() > 0.8\n"
        "assert bits.shape == clean.shape and 0 < bits.min() < bits.max() < 8"
    ),
}


def name(page: Path) -> str:
    return page.relative_to(DOCS).as_posix()


def test_every_page_with_code_is_checked() -> None:
    with_code = {name(page) for page in PAGES if blocks(page, "python")}
    # The viewer is tested with the widgets, and the degradation in test_extending.py.
    assert with_code == {*CHECKS, name(VIEWER), "tutorials/degradation.md"}


@pytest.mark.slow
@pytest.mark.parametrize("page", CHECKS)
def test_code_runs(
    page: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec("\n".join(blocks(DOCS / page, "python")), names)
    exec(CHECKS[page], names)
    if page == "tutorials/train.md":
        assert "HeldOutFigures(step=" in capsys.readouterr().out


def test_commands_are_understood() -> None:
    found = [command for page in PAGES for command in commands(page)]
    assert len(found) > 20
    for command in found:
        _parser(command).parse_args(command)


def test_pictures_are_there() -> None:
    found = [(page, link) for page in PAGES for link in links(page, pictures=True)]
    assert found
    missing = [link for page, link in found if not (page.parent / link).is_file()]
    assert missing == []


def test_every_public_package_is_in_the_reference() -> None:
    text = (DOCS / "api" / "index.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^ +(napari_flowprior[\w.]*)$", text, re.M)
    inner = "napari_flowprior.data.files"  # all of it is listed under data
    assert sorted([*listed, inner]) == sorted(["napari_flowprior", *public_modules()])
