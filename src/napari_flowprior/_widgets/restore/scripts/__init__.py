"""What the form would run, or what was run, written down for other places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_flowprior._widgets.restore.scripts._command import as_command
from napari_flowprior._widgets.restore.scripts._python import as_python
from napari_flowprior._widgets.restore.scripts._run import describe
from napari_flowprior._widgets.restore.scripts._session import as_session

if TYPE_CHECKING:
    from napari_flowprior._widgets.layers import LayerFiles
    from napari_flowprior._widgets.restore._form import RestoreForm

__all__ = ["as_session", "write"]


def write(form: RestoreForm, language: str, files: LayerFiles) -> str:
    """Write down what a form would run.

    Parameters
    ----------
    form : RestoreForm
        The form.
    language : {"python", "command"}
        Lines for the console of napari, or one for the terminal.
    files : LayerFiles
        Finds files of what is in no layer there.

    Returns
    -------
    str
        The text.

    Raises
    ------
    InputError
        If it cannot be run, or not be written down.
    """
    run = describe(form)
    as_text = as_command if language == "command" else as_python
    return as_text(run, files)
