"""A cluster of two worker processes on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clusters import local_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator


# Tests of other files may come between those of two files here.
@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with local_cluster(workers=2, processes=True) as cluster:
        yield cluster
