"""A table of what became of each file, as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from napari_flowprior.batch._table import read_table, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_flowprior.batch._plan import Job

__all__ = ["Outcome", "State", "read_report", "restored", "write_report"]

State = Literal["restored", "failed"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a file.

    Parameters
    ----------
    source, target : str
        File that was read, and file that was written.
    map : str
        File of its map, if there is one.
    state : str
        "restored" or "failed".
    seconds : str
        How long it took.
    prior, degradation, estimator : str
        What was used, and found.
    noise_level : str
        In units of the image, or under the curve of a camera.
    warnings : str
        What is to be heeded.
    problem : str
        What went wrong.
    """

    source: str
    target: str
    map: str = ""
    state: str = "restored"
    seconds: str = ""
    prior: str = ""
    degradation: str = ""
    estimator: str = ""
    noise_level: str = ""
    warnings: str = ""
    problem: str = ""

    @classmethod
    def of(cls, job: Job, provenance: dict[str, Any]) -> Outcome:
        """Take the outcome of a file that was restored from its provenance.

        Parameters
        ----------
        job : Job
            The file.
        provenance : dict
            Of the result.

        Returns
        -------
        Outcome
            A row of the table.
        """
        return cls(
            **_paths(job),
            seconds=f"{provenance['seconds']:.3g}",
            prior=provenance["prior"]["name"],
            degradation=provenance["degradation"]["name"],
            estimator=provenance["estimator"]["name"],
            noise_level=f"{provenance['sigma']:.4g}",
            warnings=" ".join(provenance.get("warnings", [])),
        )

    @classmethod
    def failed(cls, job: Job, problem: str) -> Outcome:
        """Return the outcome of a file that could not be restored.

        Parameters
        ----------
        job : Job
            The file.
        problem : str
            A sentence.

        Returns
        -------
        Outcome
            A row of the table.
        """
        return cls(**_paths(job), state="failed", problem=problem)


def _paths(job: Job) -> dict[str, str]:
    extra = "" if job.extra is None else str(job.extra)
    return {"source": str(job.source), "target": str(job.target), "map": extra}


def write_report(path: Path, rows: Iterable[Outcome]) -> None:
    """Write the table, in place of the one before.

    Parameters
    ----------
    path : Path
        A CSV file.
    rows : iterable of Outcome
        One for each file; of the same target, the last one counts.

    Raises
    ------
    InputError
        If it cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.batch import Outcome, write_report
    >>> rows = [Outcome(source="a.tif", target="clean.tif", state="restored")]
    >>> write_report(Path("report.csv"), rows)
    """
    last = {row.target: row for row in rows}
    write_table(path, Outcome, last.values())


def read_report(path: Path) -> list[Outcome]:
    """Read a table.

    Parameters
    ----------
    path : Path
        A CSV file, which need not exist.

    Returns
    -------
    list of Outcome
        Its rows; none if there is no file.

    Raises
    ------
    InputError
        If the file is no such table.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.batch import Outcome, read_report, write_report
    >>> rows = [Outcome(source="a.tif", target="clean.tif", state="restored")]
    >>> write_report(Path("report.csv"), rows)
    >>> read_report(Path("report.csv"))[0].state
    'restored'
    """
    return read_table(path, Outcome, "report of restored files")


def restored(rows: Iterable[Outcome]) -> set[Path]:
    """Find which files were restored, and are still there.

    Parameters
    ----------
    rows : iterable of Outcome
        Rows of a table.

    Returns
    -------
    set of Path
        Their targets.

    Examples
    --------
    >>> from pathlib import Path
    >>> from napari_flowprior.batch import Outcome, restored
    >>> rows = [Outcome(source="a.tif", target="clean.tif", state="restored")]
    >>> restored(rows)  # the file is not there any more
    set()
    """
    done = (row for row in rows if row.state == "restored")
    files = ((Path(row.target), Path(row.map or row.target)) for row in done)
    return {target for target, extra in files if target.exists() and extra.exists()}
