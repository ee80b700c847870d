"""A widget that can be asked how noisy a layer is, and what is wrong with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal

from napari_flowprior._widgets.fields import DECIMALS, device_here
from napari_flowprior._widgets.jobs import Pending
from napari_flowprior._widgets.restore import _looks
from napari_flowprior._widgets.restore._background import BackgroundWidget

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore._proposal import Proposal

__all__ = ["AskingWidget"]


class AskingWidget(BackgroundWidget):
    """Looks at the layer in the background, and fills in what is found.

    Attributes
    ----------
    estimated : Signal(object)
        Emitted once for every estimate of noise, with the level, or None.
    diagnosed : Signal(object)
        Emitted once for every `diagnose`, with the sentences, or None.
    """

    estimated = Signal(object)
    diagnosed = Signal(object)

    def estimate_noise(self) -> Pending:
        """Estimate the noise level of the layer in the background and fill it in.

        Returns
        -------
        Pending
            Its ``wait()`` returns the level, or None if it was cancelled.

        Examples
        --------
        >>> widget.degradation = "noise"
        >>> sigma = widget.estimate_noise().wait()
        """
        pending = Pending(self, self.estimated, self.failed)
        self._estimate()
        return pending

    def diagnose(self) -> Pending:
        """Say what is wrong with the layer, and set the form to undo it.

        It is found out in the background. All settings can be changed afterwards.

        Returns
        -------
        Pending
            Its ``wait()`` returns the sentences, or None if it was cancelled.

        Examples
        --------
        >>> for sentence in widget.diagnose().wait():
        ...     print(sentence)
        """
        pending = Pending(self, self.diagnosed, self.failed)
        if not self.running:
            self._diagnose()
        return pending

    def _diagnose(self) -> None:
        asked = None
        with self._said():
            asked = self.form.source.image()
        if asked is None:
            self.diagnosed.emit(None)
            return
        self._start(
            _looks.diagnose,
            *asked,
            self.prior,
            device_here(self.device),
            description="the diagnosis of an image",
            conclude=partial(self._take_proposal, self.layer),
        )

    def _take_proposal(self, layer: Any, proposal: Proposal | None) -> None:
        """Set the form as was proposed, if it still shows the layer."""
        sentences = None
        if proposal is not None and self.layer is not layer:
            self._bar.say("Nothing was proposed, as another layer was chosen.")
        elif proposal is not None:
            with self._said():
                self.form.take(proposal)
                sentences = proposal.sentences
                self._bar.say("")
        self.diagnosed.emit(sentences)

    def _estimate(self, level: Any = None) -> None:
        """Estimate the noise level for a field, by default that which is shown."""
        if self.running:
            return
        asked = None
        with self._said():
            level = self.form.degradations.level() if level is None else level
            asked = self.form.source.image()
        if asked is None:
            self.estimated.emit(None)
            return
        self._start(
            _looks.estimate,
            *asked,
            description="the estimation of noise",
            conclude=partial(self._fill_in, level, self.layer),
        )

    def _fill_in(self, level: Any, layer: Any, sigma: float | None) -> None:
        """Fill an estimate into the field that it was asked for, if it still counts."""
        if sigma is None:
            self.estimated.emit(None)
            return
        sigma = round(float(f"{sigma:.3g}"), DECIMALS)
        said = f"The noise level is about {sigma:g}"
        if self.layer is not layer or not level.native.isVisibleTo(self):
            self._bar.say(f"{said}; it was not filled in, as the settings changed.")
        else:
            with self._said():
                self.form.fill_in(level, sigma)
                self._bar.say(f"{said}.")
        self.estimated.emit(sigma)
