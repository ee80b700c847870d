"""Files are written whole or not at all."""

import os

import pytest

from napari_flowprior._errors import InputError
from napari_flowprior.data import atomic_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_under_its_name_only(tmp_path):
    target = tmp_path / "a.ome.tif"
    with atomic_path(target, overwrite=False) as temporary:
        temporary.write_text("new")
        assert temporary.parent == tmp_path
        assert temporary.name.endswith("a.ome.tif")
        assert not target.exists()
    assert target.read_text() == "new"
    assert names(tmp_path) == ["a.ome.tif"]


@pytest.mark.parametrize("name", ["n" * 246 + ".tif", "\u20ac" * 83 + ".npy"])
def test_names_may_be_as_long_as_names_can_be(tmp_path, name):
    with atomic_path(tmp_path / name, overwrite=False) as temporary:
        temporary.write_text("new")
    assert names(tmp_path) == [name]


def test_existing_files_are_kept_unless_told_otherwise(tmp_path):
    target = tmp_path / "a.npy"
    target.write_text("old")
    with (
        pytest.raises(InputError, match=r"a\.npy exists already"),
        atomic_path(target, overwrite=False),
    ):
        pytest.fail("nothing should be written")
    with atomic_path(target, overwrite=True) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    target = tmp_path / "a.npy"

    def write():
        with atomic_path(target, overwrite=False) as temporary:
            temporary.write_text("new")
            target.write_text("other")

    with pytest.raises(InputError, match="exists already"):
        write()
    assert target.read_text() == "other"
    assert names(tmp_path) == ["a.npy"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_after_an_error(tmp_path, error):
    def fail():
        with atomic_path(tmp_path / "a.npy", overwrite=True) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == []


def test_a_full_disk_is_reported_with_the_name(tmp_path):
    def fail():
        with atomic_path(tmp_path / "a.npy", overwrite=True) as temporary:
            temporary.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"a\.npy cannot be written .*No space left"):
        fail()
    assert names(tmp_path) == []


def test_folders_are_no_files_and_must_exist(tmp_path):
    with (
        pytest.raises(InputError, match="is a folder"),
        atomic_path(tmp_path, overwrite=True),
    ):
        pytest.fail("nothing should be written")
    with (
        pytest.raises(InputError, match="does not exist; create it"),
        atomic_path(tmp_path / "none" / "a.npy", overwrite=True),
    ):
        pytest.fail("nothing should be written")


@pytest.mark.skipif(os.name == "nt", reason="links need privileges")
def test_links_are_written_through(tmp_path):
    (tmp_path / "real.npy").write_text("old")
    link = tmp_path / "link.npy"
    link.symlink_to(tmp_path / "real.npy")
    with atomic_path(link, overwrite=True) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert (tmp_path / "real.npy").read_text() == "new"
