"""A widget whose runs can be made again: here, elsewhere, or all of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtGui import QGuiApplication

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.layers import LayerFiles, ask_for_folder
from napari_flowprior._widgets.restore._again import has_settings, set_as_before
from napari_flowprior._widgets.restore._asking import AskingWidget
from napari_flowprior._widgets.restore._run_bar import SESSION
from napari_flowprior._widgets.restore._runs import runs_of

if TYPE_CHECKING:
    from pathlib import Path

    import napari

__all__ = ["RepeatingWidget"]


class RepeatingWidget(AskingWidget):
    """Writes down what it runs, and takes settings from what was made before."""

    _viewer: napari.viewer.Viewer

    def copy(self, language: str, folder: Path | str | None = None) -> str:
        """Copy what `run` would do to the clipboard.

        Parameters
        ----------
        language : {"python", "command", "session"}
            Lines for the console of napari, or one for the terminal; or what
            `copy_session` copies.
        folder : path, optional
            Where layers are written that a command needs and no file holds, such as a
            mask that was drawn; the button asks for it.

        Returns
        -------
        str
            The same; empty if it cannot be run, or not be written down.

        Examples
        --------
        >>> print(widget.copy("python"))
        """
        if language == SESSION:
            return self.copy_session()
        return self._copy(language, LayerFiles(folder))

    def _copy(self, language: str, files: LayerFiles) -> str:
        from napari_flowprior._widgets.restore.scripts import write

        text = ""
        with self._said():
            text = write(self.form, language, files)
            where = "a terminal" if language == "command" else "the console of napari"
            self._copied(text, where)
            if files.written:
                names = ", ".join(path.name for path in files.written)
                self._bar.say(f"{self.status} It reads {names}, written for it.")
        return text

    def _copy_or_ask(self, language: str) -> None:
        """Copy, and ask for a folder if something has to be written."""
        if language == SESSION:
            self.copy_session()
        else:
            self._copy(language, LayerFiles(ask=self._ask_for_folder))

    def _ask_for_folder(self) -> str:
        return ask_for_folder(self, self.form.fields["layer"].value)

    def copy_session(self) -> str:
        """Copy all that was restored in this viewer, as Python, to the clipboard.

        Runs by other widgets and by commands of the menu are among them; what failed or
        was cancelled is not.

        Returns
        -------
        str
            The same: lines for the console of napari, which make every run again, in
            this viewer or another one with the same layers. Empty if nothing was
            restored yet.

        Examples
        --------
        >>> layer = widget.run().wait()
        >>> print(widget.copy_session())
        """
        from napari_flowprior._widgets.restore.scripts import as_session

        runs, text = runs_of(self._viewer), ""
        with self._said():
            if not runs:
                raise InputError("Nothing was restored in this viewer yet; run first.")
            text = as_session(runs, self._viewer.layers)
            count = f"{len(runs)} runs" if len(runs) > 1 else "One run"
            self._copied(text, "the console of napari", count)
        return text

    def _copied(self, text: str, where: str, what: str = "") -> None:
        QGuiApplication.clipboard().setText(text)
        begin = f"{what} copied" if what else "Copied"
        self._bar.say(f"{begin}; paste it into {where}.")

    def set_as_for(self, layer: Any) -> list[str]:
        """Set everything as it was when a layer was made, so that `run` makes it again.

        Parameters
        ----------
        layer : Image
            A restored image, or a map of one.

        Returns
        -------
        list of str
            Sentences on what could not be set, such as a mask that is gone; with none
            of them, `run` gives the same bytes, unless data were changed since.

        Raises
        ------
        InputError
            If the layer does not say how it was made.

        Examples
        --------
        >>> first = widget.run().wait()
        >>> widget.degradation_options = {"sigma": 50}
        >>> widget.set_as_for(first)
        []
        """
        if not has_settings(layer):
            raise InputError(
                f"The layer {layer.name!r} does not say how it was made; choose one "
                "that this plugin has restored."
            )
        said = set_as_before(self, self._viewer.layers, layer.metadata["flowprior"])
        same = f"Set as for {layer.name!r}; Run makes it again."
        self._bar.say(" ".join(said) or same, wrong=bool(said))
        return said

    def _set_as_for_active(self) -> None:
        with self._said():
            self.set_as_for(self._viewer.layers.selection.active)
