"""A table of sums over regions, as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_flowprior.batch._table import read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from napari_flowprior.restoration import RegionSum

__all__ = ["SumRow", "read_sums", "write_sums"]


@dataclass(frozen=True, kw_only=True)
class SumRow:
    """The sum of the intensities of a region of a file, as text.

    Parameters
    ----------
    source : str
        File that was read.
    label, pixels : str
        Label of the region, and how many values it has.
    sum, std : str
        Sum of the posterior mean, and its standard deviation, in the image's own units.
    lower, upper : str
        Ends of the interval.
    coverage : str
        Share of the regions that shall lie in their intervals.
    """

    source: str
    label: str
    pixels: str
    sum: str
    std: str
    lower: str
    upper: str
    coverage: str

    @classmethod
    def of(cls, source: Path, found: RegionSum, coverage: float) -> SumRow:
        """Make a row of what was found of a region.

        Parameters
        ----------
        source : Path
            File that was read.
        found : RegionSum
            What was found.
        coverage : float
            That of the interval.

        Returns
        -------
        SumRow
            With seven digits.
        """
        values = (found.sum, found.std, found.lower, found.upper)
        total, std, lower, upper = (f"{value:.7g}" for value in values)
        return cls(
            source=str(source),
            label=str(found.label),
            pixels=str(found.pixels),
            sum=total,
            std=std,
            lower=lower,
            upper=upper,
            coverage=f"{coverage:g}",
        )


def write_sums(path: Path, rows: Iterable[SumRow]) -> None:
    """Write rows to a table, in place of those of the same files.

    Parameters
    ----------
    path : Path
        A CSV file; rows of other files stay.
    rows : iterable of SumRow
        One for each region.

    Raises
    ------
    InputError
        If it cannot be written, or is no such table.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.batch import SumRow, read_sums, write_sums
    >>> from napari_flowprior.restoration import RegionSum
    >>> cell = RegionSum(label=1, pixels=9, sum=90.0, std=2.0, lower=86.0, upper=94.0)
    >>> write_sums(Path("cells.csv"), [SumRow.of(Path("a.tif"), cell, 0.9)])
    >>> read_sums(Path("cells.csv"))[0].lower
    '86'
    """
    rows = list(rows)
    renewed = {row.source for row in rows}
    kept = [row for row in read_sums(path) if row.source not in renewed]
    write_table(path, SumRow, [*kept, *rows])


def read_sums(path: Path) -> list[SumRow]:
    """Read a table.

    Parameters
    ----------
    path : Path
        A CSV file, which need not exist.

    Returns
    -------
    list of SumRow
        Its rows; none if there is no file.

    Raises
    ------
    InputError
        If the file is no such table.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.batch import read_sums
    >>> read_sums(Path("none.csv"))
    []
    """
    return read_table(path, SumRow, "table of sums over regions")
