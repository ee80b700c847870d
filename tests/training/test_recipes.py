"""Recipes: the shipped ones, and those that make no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from napari_flowprior._errors import InputError
from napari_flowprior.training import load_recipe, recipe_names

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
title = "mine"
source = "images"
[flow]
channels = 1
levels = 2
[patches]
size = 32
[train]
steps = 10
batch_size = 2
[[train.losses]]
name = "likelihood"
"""


def test_names() -> None:
    assert {"mnist", "sprites", "div2k", "finetune", "photo"} <= set(recipe_names())
    assert {"mnist-short", "sprites-short", "div2k-short"} <= set(recipe_names())


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_is_whole(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.title
    assert (recipe.flow is None) == (name == "finetune")
    if recipe.flow is not None:
        assert recipe.patches.size % recipe.flow.stride == 0


@pytest.mark.parametrize("name", ["mnist", "sprites", "div2k"])
def test_short_variants_are_smaller(name: str) -> None:
    whole, short = load_recipe(name), load_recipe(f"{name}-short")
    assert whole.flow is not None
    assert short.flow is not None
    assert short.train.steps < whole.train.steps / 20
    cost = short.flow.multiply_adds_per_pixel / whole.flow.multiply_adds_per_pixel
    assert cost < 0.3
    assert (short.flow.levels, short.flow.base) == (whole.flow.levels, whole.flow.base)
    assert short.source == whole.source


def test_own_recipe(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    recipe = load_recipe(path)
    assert (recipe.name, recipe.patches.size, recipe.train.steps) == ("mine", 32, 10)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('source = "images"', 'source = "web"', "source is 'web'"),
        ("levels = 2", "levels = 99", "levels is 99"),
        ("levels = 2", "depth = 2", "depth"),
        ("size = 32", "size = 0", "size"),
        ("size = 32", "sise = 32", "sise"),
        ("steps = 10", "steps = 1.5", "steps is 1.5"),
        ("steps = 10", "", "lacks steps"),
        ('"likelihood"', '"unlikelihood"', "no loss 'unlikelihood'"),
        ("[train]", "[[train]]", "train"),
        ('title = "mine"', 'colour = "mine"', "no setting colour"),
        ('title = "mine"', "title = ", "not valid TOML"),
    ],
)
def test_recipes_that_make_no_sense(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    path = tmp_path / "mine.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(InputError, match=sentence):
        load_recipe(path)


@pytest.mark.parametrize("name", ["photos", "nowhere.toml", "", "../photo"])
def test_unknown_recipes(name: str) -> None:
    with pytest.raises(InputError, match="There is no recipe"):
        load_recipe(name)
