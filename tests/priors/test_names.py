"""Priors by name or path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from napari_flowprior import FlowPrior
from napari_flowprior._errors import PriorFileError
from napari_flowprior.priors import prior_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "name", ["", ".", "no-such-prior", "~nobody-of-this-name/a", "a\0b", "a" * 5000]
)
def test_name_that_is_no_prior(name: str) -> None:
    with pytest.raises(PriorFileError) as caught:
        FlowPrior.load(name)
    assert str(caught.value).startswith(("There is no prior", ". is a folder"))


def test_home_is_expanded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(path.parent))
    monkeypatch.setenv("USERPROFILE", str(path.parent))
    assert prior_path(f"~/{path.name}") == path
