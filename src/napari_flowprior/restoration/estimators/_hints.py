"""Options that several estimators have alike."""

from __future__ import annotations

from typing import Annotated

from napari_flowprior._options import RANGE, Hint

__all__ = ["LastLevel", "Steps"]

Steps = Annotated[
    int,
    Hint(
        label="Steps",
        help="Number of steps; more is slower and closer to the optimum.",
        least=1,
        most=10_000,
    ),
]
"""How many steps a splitting, or a chain of it, makes."""

LastLevel = Annotated[
    float,
    Hint(
        label="Last noise level",
        help="Noise level at which the schedule ends.",
        unit=RANGE,
        least=1e-4,
        most=1.0,
    ),
]
"""Noise level of the last step."""
