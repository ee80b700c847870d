"""The folder of the user's priors: listed, installed, exported, deleted."""

from __future__ import annotations

import pytest
from prior_files import damaged

from napari_flowprior._errors import InputError, PriorFileError
from napari_flowprior._resources import shipped_priors
from napari_flowprior._widgets.fields import KNOWN, user_folder
from napari_flowprior._widgets.priors import delete, entries, export, install


def own():
    return [entry for entry in entries() if not entry.shipped]


def test_shipped_priors_come_first():
    found = entries()
    assert [entry.path for entry in found] == list(shipped_priors().values())
    assert all(entry.shipped and not entry.problem for entry in found)
    assert {entry.path.stem: entry.channels for entry in found}["photo-rgb"] == 3


def test_install(tiny_priors):
    path, new = install(tiny_priors[1])
    assert (path, new) == (user_folder() / "tiny1.safetensors", True)
    assert path.read_bytes() == tiny_priors[1].read_bytes()
    (entry,) = own()
    assert (entry.info.name, entry.channels, entry.problem) == ("tiny1", 1, "")


def test_install_twice(tiny_priors, tmp_path):
    first, _ = install(tiny_priors[1])
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(tiny_priors[1].read_bytes())
    assert install(copy) == (first, False)


def test_two_priors_of_one_name(tiny_priors, tmp_path):
    other = tmp_path / "tiny1.safetensors"
    other.write_bytes(tiny_priors[3].read_bytes())
    install(tiny_priors[1])
    path, new = install(other)
    assert (path.name, new) == ("tiny1-2.safetensors", True)


def test_a_shipped_prior_is_there_already():
    shipped = shipped_priors()["photo-gray"]
    assert install(shipped) == (shipped, False)


def test_what_is_damaged_is_not_installed(tiny_priors, tmp_path):
    path = damaged(tiny_priors[1], tmp_path / "damaged.safetensors")
    with pytest.raises(PriorFileError, match="damaged"):
        install(path)
    assert own() == []


def test_a_folder_that_cannot_be_made(tiny_priors, user_data):
    user_data.write_text("in the way")
    with pytest.raises(InputError, match="cannot be changed"):
        install(tiny_priors[1])


def test_what_is_damaged_is_listed_as_such():
    user_folder().mkdir(parents=True)
    (user_folder() / "broken.safetensors").write_bytes(b"nothing")
    (entry,) = own()
    assert entry.info is None
    assert "broken" in entry.problem


def test_delete(qtbot, tiny_priors):
    install(tiny_priors[1])
    (entry,) = own()
    with qtbot.waitSignal(KNOWN.changed):
        delete(entry)
    assert own() == []
    assert not entry.path.exists()
    delete(entry)


def test_shipped_priors_are_not_deleted():
    entry = entries()[0]
    with pytest.raises(InputError, match="installed with the plugin"):
        delete(entry)
    assert entry.path.exists()


def test_export(tiny_priors, tmp_path):
    target = tmp_path / "copy.safetensors"
    export(tiny_priors[1], target)
    assert target.read_bytes() == tiny_priors[1].read_bytes()
    with pytest.raises(InputError, match="exists"):
        export(tiny_priors[3], target)
    export(tiny_priors[3], target, overwrite=True)
    assert target.read_bytes() == tiny_priors[3].read_bytes()
