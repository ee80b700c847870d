"""Lists of priors: they follow what is trained."""

from __future__ import annotations

import shutil

import pytest

from napari_flowprior._resources import shipped_priors
from napari_flowprior._widgets.fields import KNOWN, PriorChoice, free_name, user_folder


@pytest.fixture
def folder(user_data):
    user_folder().mkdir(parents=True)
    assert user_folder() == user_data / "priors"
    return user_folder()


@pytest.fixture
def make_choice(qtbot):
    def make(**options):
        choice = PriorChoice(**options)
        qtbot.addWidget(choice.native)
        return choice

    return make


def listed(choice):
    box = choice.choice.native
    return [box.itemText(row) for row in range(box.count())]


def test_priors_in_the_folder_of_the_user(folder, make_choice, tiny_priors):
    shutil.copy(tiny_priors[1], folder / "mine.safetensors")
    shutil.copy(tiny_priors[1], folder / "mine.checkpoint.safetensors")
    (folder / "mine.metrics.csv").touch()
    choice = make_choice()
    assert listed(choice) == ["auto", *shipped_priors(), "mine"]
    choice.value = folder / "mine.safetensors"
    assert "Dots" in choice.choice.tooltip


def test_there_is_no_folder_yet(make_choice):
    assert listed(make_choice()) == ["auto", *shipped_priors()]


def test_new_priors_appear_and_the_choice_stays(make_choice, tiny_priors, tmp_path):
    choice = make_choice()
    choice.value = tiny_priors[3]
    changes = []
    choice.changed.connect(changes.append)
    path = tmp_path / "new.safetensors"
    shutil.copy(tiny_priors[1], path)
    KNOWN.add(path)
    assert listed(choice)[-2:] == ["new", "tiny3"]
    assert choice.value == str(tiny_priors[3])
    KNOWN.add(path)
    assert listed(choice).count("new") == 1
    path.unlink()
    KNOWN.changed.emit()
    assert "new" not in listed(choice)
    assert changes == []


def test_the_chosen_file_is_kept_when_it_is_gone(make_choice, tiny_priors, tmp_path):
    path = tmp_path / "new.safetensors"
    shutil.copy(tiny_priors[1], path)
    KNOWN.add(path)
    choice = make_choice()
    choice.value = path
    path.unlink()
    KNOWN.changed.emit()
    assert choice.value == str(path)


def test_text_of_a_prior_that_is_written_again(make_choice, tiny_priors, tmp_path):
    path = tmp_path / "new.safetensors"
    path.write_bytes(b"damaged")
    KNOWN.add(path)
    choice = make_choice()
    choice.value = path
    assert "Dots" not in choice.choice.tooltip
    shutil.copy(tiny_priors[1], path)
    KNOWN.add(path)
    assert "Dots" in choice.choice.tooltip


def test_more_to_choose_from(make_choice):
    choice = make_choice(more={"scratch:x": ("from scratch", "Long")})
    choice.value = "scratch:x"
    KNOWN.changed.emit()
    assert choice.value == "scratch:x"
    assert choice.choice.tooltip == "Long"


def test_names_that_are_free(tmp_path):
    assert free_name(tmp_path / "gone", "mine") == "mine"
    (tmp_path / "mine.metrics.csv").touch()
    assert free_name(tmp_path, "mine") == "mine-2"
    (tmp_path / "mine-2.safetensors").touch()
    assert free_name(tmp_path, "mine") == "mine-3"
    assert free_name(tmp_path, "photo-gray") == "photo-gray-2"
