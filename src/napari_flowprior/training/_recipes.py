"""Recipes: architecture, patches and training in one TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_flowprior._checks import check_names
from napari_flowprior._errors import InputError
from napari_flowprior._resources import resource
from napari_flowprior.flow import FlowConfig
from napari_flowprior.training.optim import TrainConfig
from napari_flowprior.training.patches import PatchConfig

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["Recipe", "load_recipe", "recipe_names"]

_SOURCES = ("images", "mnist", "sprites")
_TABLES = {"title", "source", "flow", "patches", "train"}
_LARGEST = 2**20


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train a prior.

    Parameters
    ----------
    name : str
        Short name.
    title : str
        A line that says what it is for.
    source : {"images", "mnist", "sprites"}
        Where patches come from: images that the user names, the MNIST digits, or
        drawn sprites.
    flow : FlowConfig or None
        Architecture; None to keep that of the prior the training starts from.
    train : TrainConfig
        Losses, optimiser, schedule.
    patches : PatchConfig
        Size and choice of patches.
    """

    name: str
    title: str
    source: str
    flow: FlowConfig | None
    train: TrainConfig
    patches: PatchConfig


def recipe_names() -> tuple[str, ...]:
    """Return the names of the shipped recipes.

    Returns
    -------
    tuple of str
        Sorted.

    Examples
    --------
    >>> from napari_flowprior.training import recipe_names
    >>> "photo" in recipe_names()
    True
    """
    entries = (Path(entry.name) for entry in resource("recipes").iterdir())
    return tuple(sorted(e.stem for e in entries if e.suffix == ".toml"))


def load_recipe(name_or_path: str | Path) -> Recipe:
    """Read a shipped recipe by name, or any other by the path of its file.

    Parameters
    ----------
    name_or_path : str or Path
        Such as ``"photo"`` or ``"mine.toml"``.

    Returns
    -------
    Recipe
        The recipe.

    Raises
    ------
    InputError
        If there is none, or it makes no sense.

    Examples
    --------
    >>> from napari_flowprior.training import load_recipe
    >>> load_recipe("finetune").name
    'finetune'
    """
    name, file = _find(name_or_path)
    try:
        with file.open("rb") as stream:
            text = stream.read(_LARGEST).decode()
        return _build(name, tomllib.loads(text))
    except OSError as error:
        raise InputError(f"The recipe {file} cannot be read: {error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"The recipe {file} is not valid TOML: {error}.") from error
    except (TypeError, InputError) as error:
        raise InputError(f"The recipe {name} makes no sense: {error}") from error


def _find(name_or_path: str | Path) -> tuple[str, Traversable]:
    name = str(name_or_path)
    if name in recipe_names():
        return name, resource(f"recipes/{name}.toml")
    path = Path(name).expanduser()
    if path.suffix.lower() == ".toml" and path.is_file():
        return path.stem, path
    raise InputError(
        f"There is no recipe {name!r}: it is neither a TOML file nor one of "
        f"{', '.join(recipe_names())}."
    )


def _build(name: str, tables: dict[str, Any]) -> Recipe:
    check_names("A recipe", tables, _TABLES)
    if tables.get("source") not in _SOURCES:
        raise InputError(
            f"source is {tables.get('source')!r}; choose one of {', '.join(_SOURCES)}."
        )
    for table in ("flow", "patches", "train"):
        if not isinstance(tables.get(table, {}), dict):
            raise InputError(f"[{table}] is not a table.")
    flow = tables.get("flow")
    return Recipe(
        name=name,
        title=str(tables.get("title", name)),
        source=tables["source"],
        flow=None if flow is None else FlowConfig.from_dict(flow),
        train=TrainConfig.from_dict(tables.get("train", {})),
        patches=PatchConfig.from_dict(tables.get("patches", {})),
    )
