"""The events and the result of a restoration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["RestoreEvent", "RestoreResult"]


@dataclass(frozen=True, kw_only=True)
class RestoreEvent:
    """Progress of a restoration.

    Parameters
    ----------
    done, total : int
        Units of work done, and in all; total is 0 while it is not known yet.
    message : str
        What is going on, for people.
    """

    done: int
    total: int
    message: str = ""

    @property
    def fraction(self) -> float:
        """Share of the work that is done, from 0 to 1."""
        return self.done / self.total if self.total else 0.0


@dataclass(frozen=True, kw_only=True)
class RestoreResult:
    """A restored image and how it came about.

    Parameters
    ----------
    image : ndarray
        Of the axes of the input, and of its shape unless it is enlarged; or what was
        made for the result, such as a zarr array.
    provenance : dict
        JSON-able: version, prior, degradation, estimator, noise level, tiles, device,
        duration.
    """

    image: NDArray[Any]
    provenance: dict[str, Any]

    @property
    def warnings(self) -> list[str]:
        """What the user should know, in sentences."""
        return list(self.provenance.get("warnings", []))
