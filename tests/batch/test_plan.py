"""Which files are read and written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from napari_flowprior._errors import InputError, UsageError
from napari_flowprior.batch import Job, plan_jobs


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "one/b.png", "two/b.png", "two/c.tif", "two/notes.txt"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b"pixels")
    return tmp_path


def pairs(*names: str) -> list[Job]:
    return [Job(*map(Path, name.split(" > "))) for name in names]


def test_file_to_file(files: Path) -> None:
    assert plan_jobs(["a.png"], "out.tif") == pairs("a.png > out.tif")


def test_file_to_an_existing_folder(files: Path) -> None:
    assert plan_jobs(["a.png"], "one") == pairs("a.png > one/a.png")


@pytest.mark.parametrize(
    ("inputs", "output", "expected"),
    [
        (["a.png"], f"out{os.sep}", ["a.png > out/a.png"]),
        (["one"], "out", ["one/b.png > out/b.png"]),
        (["one/*.png"], "out", ["one/b.png > out/b.png"]),
        (["a.png", "a.png"], "out", ["a.png > out/a.png"]),
        (
            ["two"],
            "new/out",
            ["two/b.png > new/out/b.png", "two/c.tif > new/out/c.tif"],
        ),
        (["**/c.*", "a.png"], "out", ["two/c.tif > out/c.tif", "a.png > out/a.png"]),
    ],
)
def test_anything_else_to_a_folder_that_is_made(
    files: Path, inputs: list[str], output: str, expected: list[str]
) -> None:
    assert plan_jobs(inputs, output) == pairs(*expected)
    assert Path(output).is_dir()


def test_several_inputs_do_not_fit_a_file(files: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.png is a file; name a folder"):
        plan_jobs(["one", "two/c.tif"], "a.png", overwrite=True)


def test_inputs_of_one_name(files: Path) -> None:
    with pytest.raises(InputError, match="would both become"):
        plan_jobs(["one", "two"], "out", overwrite=True)
    assert not Path("out").exists()


def test_any_existing_output_refuses_all(files: Path) -> None:
    Path("out").mkdir()
    Path("out/c.tif").touch()
    with pytest.raises(InputError, match=r"c\.tif exists; pass --overwrite"):
        plan_jobs(["two"], "out")
    assert len(plan_jobs(["two"], "out", overwrite=True)) == 2


@pytest.mark.parametrize("output", ["a.png", "./one/../a.png", ".", "soft", "hard"])
def test_no_input_is_replaced(files: Path, output: str) -> None:
    Path("soft").symlink_to("a.png")
    Path("hard").hardlink_to("a.png")
    with pytest.raises(InputError, match="is an input itself"):
        plan_jobs(["a.png"], output, overwrite=True)


def test_no_other_input_is_replaced(files: Path) -> None:
    Path("two/a.png").hardlink_to("one/b.png")
    with pytest.raises(InputError, match="is an input itself"):
        plan_jobs(["a.png", "one/b.png"], "two", overwrite=True)


def test_no_file_that_is_kept_is_replaced(files: Path) -> None:
    with pytest.raises(InputError, match="is an input itself"):
        plan_jobs(["a.png"], "one/b.png", overwrite=True, keep=[Path("one/b.png")])


@pytest.mark.parametrize("inputs", [["no.png"], ["*.npy"], ["a.png", "no.png"]])
def test_no_such_input(files: Path, inputs: list[str]) -> None:
    with pytest.raises(InputError, match=r"stands for no image|does not exist"):
        plan_jobs(inputs, "out")
    assert not Path("out").exists()
