"""Tables of what can be said of degradations and estimators, from their options.

In a page, ``{option-table} DEGRADATIONS`` lists the options of a registry of
`napari_flowprior.restoration`, so that no page repeats bounds, units and defaults.
"""

from __future__ import annotations

from dataclasses import MISSING
from typing import TYPE_CHECKING, Any

from sphinx.util.docutils import SphinxDirective

from napari_flowprior import restoration

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx

__all__ = ["OptionTable", "setup"]

_HEAD = "of", "option", "command line", "default", "what it says"


class OptionTable(SphinxDirective):
    """List the options of all classes of a registry."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """Return the table."""
        registry = getattr(restoration, self.arguments[0])
        rows = [
            (f"`{name}`", *row(option))
            for name, kind in registry.items()
            for option in restoration.options(kind)
        ]
        lines = [_HEAD, ("---",) * len(_HEAD), *rows]
        text = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return self.parse_text_to_nodes(text)


def row(option: restoration.Option) -> tuple[str, str, str, str]:
    """Describe an option in Markdown.

    Parameters
    ----------
    option : Option
        The option.

    Returns
    -------
    tuple of str
        Its name, how it is given on the command line, its default, and what it says.
    """
    words = [f"one of {', '.join(option.choices)}"] if option.choices else []
    text = option.explain(*words).replace("|", "\\|")
    return f"`{option.name}`", f"`{option.switch}`", default(option.default), text


def default(value: Any) -> str:
    """Say a default as a user would.

    Parameters
    ----------
    value : object
        The default of an option.

    Returns
    -------
    str
        Empty if the option has to be given.
    """
    if value is MISSING:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "not given" if value is None else str(value)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive.

    Parameters
    ----------
    app : Sphinx
        The builder of the site.

    Returns
    -------
    dict
        That it may run in parallel.
    """
    app.add_directive("option-table", OptionTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
