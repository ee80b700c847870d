"""What is asked before a prior is exported for other programs."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QInputDialog

__all__ = ["ask"]

_TITLE = "Export for bioimage.io"
_SIGMA = 0.1
_LEVEL = (
    "A package takes out noise of one level. Which?\n"
    "(standard deviation, as a share of the range of intensities)"
)
_LICENCE = (
    "A package needs a licence, and the prior names none. Which?\n"
    "(an identifier of SPDX, such as CC-BY-4.0, CC0-1.0 or MIT)"
)
_USUAL_LICENCE = "CC-BY-4.0"


def ask(parent: Any, licence: str) -> tuple[float, str] | None:
    """Ask which noise a package takes out, and for a licence if there is none.

    Parameters
    ----------
    parent : QWidget
        What asks.
    licence : str
        That of the prior, of which an identifier comes first.

    Returns
    -------
    tuple of float and str, or None
        The noise level, as a share of the range of intensities, and the licence, empty
        for that of the prior; None if nothing is to be exported.
    """
    sigma, sure = QInputDialog.getDouble(parent, _TITLE, _LEVEL, _SIGMA, 0.001, 1.0, 3)
    told = licence.split(";")[0].strip()
    if not sure or (told and " " not in told):
        return (sigma, "") if sure else None
    chosen, sure = QInputDialog.getText(parent, _TITLE, _LICENCE, text=_USUAL_LICENCE)
    return (sigma, chosen) if sure else None
