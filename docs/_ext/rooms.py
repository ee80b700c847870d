"""The public names of the packages, for the templates of the API reference."""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import iter_modules, walk_packages
from typing import Any, NamedTuple

from sphinx.pycode import ModuleAnalyzer

__all__ = ["Section", "from_above", "own_names", "sections"]


class Section(NamedTuple):
    """Names that belong together, sorted.

    Attributes
    ----------
    title, text : str
        Summary of the package that they live in, cut at its colon.
    classes, functions : list of str
        Names of the package that exports them.
    constants : dict
        What is neither, with its description.
    """

    title: str
    text: str
    classes: list[str]
    functions: list[str]
    constants: dict[str, str]


def inner_packages(package: str) -> list[str]:
    """Return the public packages directly inside a package."""
    module = import_module(package)
    found = iter_modules(getattr(module, "__path__", ()), f"{package}.")
    names = [each.name for each in found if "._" not in each.name]
    return [name for name in names if hasattr(import_module(name), "__all__")]


def own_names(package: str) -> list[str]:
    """Return what a package exports and none above it does: nothing is listed twice."""
    above = {name for outer in _above(package) for name in import_module(outer).__all__}
    names = set(import_module(package).__all__) - above
    return sorted(name for name in names if not name.startswith("_"))


def from_above(package: str) -> list[str]:
    """Return where the other names of a package are listed: in those above it."""
    names = set(import_module(package).__all__)
    shared = ((home, names & {*own_names(home)}) for home in _above(package))
    return [f"{home}.{name}" for home, found in shared for name in sorted(found)]


def sections(package: str) -> list[Section]:
    """Sort what a package exports by the inner packages that it comes from."""
    rest, found = own_names(package), []
    for inner in inner_packages(package):
        names = [name for name in rest if name in import_module(inner).__all__]
        rest = [name for name in rest if name not in names]
        found.append(_section(package, summary(inner), names))
    found.insert(0, _section(package, "", rest))
    return [section for section in found if any(section[2:])]


def summary(package: str) -> str:
    """Return the first line of the docstring of a package, without its stop."""
    return (inspect.getdoc(import_module(package)) or "").partition("\n")[0].rstrip(".")


def described(package: str) -> dict[str, str]:
    """Return what follows the constants of a package, and of all inside it."""
    names = [package]
    names += [
        module.name
        for module in walk_packages(import_module(package).__path__, f"{package}.")
        if not module.name.endswith("__main__") and "._widgets" not in module.name
    ]
    return {
        name: " ".join(" ".join(lines).split())
        for module in names
        for (owner, name), lines in ModuleAnalyzer.for_module(module)
        .find_attr_docs()
        .items()
        if not owner
    }


def is_function(value: Any) -> bool:
    """Tell whether a value is a function, or one whose results are kept."""
    return not inspect.isclass(value) and inspect.isfunction(inspect.unwrap(value))


def _above(package: str) -> list[str]:
    parts = package.split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts))]


def _section(package: str, title: str, names: list[str]) -> Section:
    values: dict[str, Any] = {
        name: getattr(import_module(package), name) for name in names
    }
    classes = [name for name in names if inspect.isclass(values[name])]
    functions = [name for name in names if is_function(values[name])]
    constants = [name for name in names if name not in {*classes, *functions}]
    texts = described(package) if constants else {}
    shown = {name: texts[name] for name in constants}
    title, _, text = title.partition(": ")
    text = f"{text[:1].upper()}{text[1:]}." if text else ""
    return Section(title, text, classes, functions, shown)
