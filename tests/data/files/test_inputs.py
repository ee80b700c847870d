"""Images are found by name, folder or pattern."""

import pytest

from napari_flowprior._errors import InputError
from napari_flowprior.data import expand_inputs


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.TIF", "c.txt", ".hidden.png", "odd[1].npy"):
        (tmp_path / name).touch()
    (tmp_path / "inner.tif").mkdir()
    (tmp_path / "inner.tif" / "d.jpg").touch()
    return tmp_path


def test_folders_stand_for_the_images_in_them(folder):
    found = expand_inputs([folder])
    assert [path.name for path in found] == ["a.TIF", "b.png", "odd[1].npy"]


def test_patterns_stand_for_the_images_they_match(folder):
    assert [path.name for path in expand_inputs([f"{folder}/*"])] == [
        *("a.TIF", "b.png", "odd[1].npy")
    ]
    found = expand_inputs([f"{folder}/**/*.jpg"])
    assert [path.name for path in found] == ["d.jpg"]


def test_files_come_once_in_the_order_given(folder):
    found = expand_inputs([folder / "b.png", folder, folder / "odd[1].npy"])
    assert [path.name for path in found] == ["b.png", "a.TIF", "odd[1].npy"]


@pytest.mark.parametrize("pattern", ["none.png", "*.gif", "*.txt"])
def test_what_stands_for_nothing_is_refused(folder, pattern):
    with pytest.raises(InputError, match=r"stands for no image|does not exist"):
        expand_inputs([f"{folder}/{pattern}"])
