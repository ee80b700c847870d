"""What the package exports: its public modules, functions, classes and methods."""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import napari_flowprior


def public_modules() -> list[str]:
    names = (
        module.name
        for module in walk_packages(napari_flowprior.__path__, "napari_flowprior.")
    )
    public = [name for name in names if "._" not in name]
    return [name for name in public if hasattr(import_module(name), "__all__")]


def exported() -> dict[str, Any]:
    """Find the functions and classes that public modules export."""
    values = (
        getattr(import_module(module), name)
        for module in public_modules()
        for name in import_module(module).__all__
    )
    return {
        f"{value.__module__}.{value.__qualname__}": value
        for value in values
        if is_function(value) or inspect.isclass(value)
    }


def is_function(value: object) -> bool:
    """Tell whether a value is a function, or one whose results are kept."""
    return not inspect.isclass(value) and inspect.isfunction(inspect.unwrap(value))


def public_methods(cls: type) -> list[str]:
    """Name the methods and properties that a class does not inherit with their text."""
    kinds = classmethod | staticmethod | property
    return [
        name
        for name, member in vars(cls).items()
        if not name.startswith("_")
        and (inspect.isfunction(member) or isinstance(member, kinds))
        and (member.__doc__ or not inspect.getdoc(getattr(cls, name)))
    ]
