"""Tables of sums over regions."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_flowprior._errors import InputError
from napari_flowprior.batch import SumRow, read_sums, write_sums
from napari_flowprior.restoration import RegionSum


def row(source: str, label: int = 1) -> SumRow:
    found = RegionSum(
        label=label, pixels=4, sum=1234567.25, std=0.5, lower=-1e-9, upper=2e9
    )
    return SumRow.of(Path(source), found, 0.9)


def test_seven_digits() -> None:
    made = row("a.tif", 3)
    assert (made.source, made.label, made.pixels) == ("a.tif", "3", "4")
    assert (made.sum, made.std) == ("1234567", "0.5")
    assert (made.lower, made.upper, made.coverage) == ("-1e-09", "2e+09", "0.9")


def test_rows_of_other_files_stay(tmp_path: Path) -> None:
    path = tmp_path / "sums.csv"
    strange = 'b,"c"\n.tif'
    write_sums(path, [row("a.tif", 1), row("a.tif", 2)])
    write_sums(path, [row(strange)])
    write_sums(path, [row("a.tif", 7)])
    assert read_sums(path) == [row(strange), row("a.tif", 7)]


@pytest.mark.parametrize("content", [b"source,label\na,1\n", b"\xff\xfe\x00"])
def test_other_files_are_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"other\.csv is no table of sums"):
        write_sums(path, [row("a.tif")])
    assert path.read_bytes() == content
