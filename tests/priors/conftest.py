"""Prior files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prior_files import made

from napari_flowprior import FlowPrior

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("priors") / "small.safetensors"
    made().save(file)
    # torch imports much of itself when a flow is first built without memory.
    FlowPrior.load(file)
    return file.read_bytes()


@pytest.fixture
def path(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / "small.safetensors"
    file.write_bytes(content)
    return file
