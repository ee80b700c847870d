"""Tables of rows of text, as CSV."""

from __future__ import annotations

import csv
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from napari_flowprior._errors import InputError
from napari_flowprior.data import atomic_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["read_table", "write_table"]

Row = TypeVar("Row")


def write_table(path: Path, kind: type[Row], rows: Iterable[Row]) -> None:
    """Write a table, in place of the one before.

    Parameters
    ----------
    path : Path
        A CSV file.
    kind : type
        A dataclass of text, whose fields are the columns.
    rows : iterable of it
        The rows.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with (
        atomic_path(path, overwrite=True) as new,
        new.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.DictWriter(file, _columns(kind))
        writer.writeheader()
        writer.writerows(vars(row) for row in rows)


def read_table(path: Path, kind: type[Row], name: str) -> list[Row]:
    """Read a table.

    Parameters
    ----------
    path : Path
        A CSV file, which need not exist.
    kind : type
        A dataclass of text, whose fields are the columns.
    name : str
        What the table is called.

    Returns
    -------
    list of it
        Its rows; none if there is no file.

    Raises
    ------
    InputError
        If the file is no such table.
    """
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [kind(**{key: row[key] for key in _columns(kind)}) for row in rows]
    except (OSError, UnicodeError, KeyError, csv.Error) as error:
        raise InputError(
            f"{path} is no {name} ({error}); name another file."
        ) from error


def _columns(kind: Any) -> list[str]:
    return [each.name for each in fields(kind)]
