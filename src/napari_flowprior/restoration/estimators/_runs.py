"""What the generators of estimators yield and return."""

from __future__ import annotations

from collections.abc import Generator

from torch import Tensor

__all__ = ["PlaneRun", "Run"]

Run = Generator[None, None, Tensor]
PlaneRun = Generator[int, None, Tensor]
