"""Restorations without the safeguard."""

from __future__ import annotations

import pytest
from doubles import without_care


@pytest.fixture
def _plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let estimates be what a formula says, for images that are none of the prior's."""
    place = "napari_flowprior.restoration.engine._plane_engine.safely"
    monkeypatch.setattr(place, without_care)
