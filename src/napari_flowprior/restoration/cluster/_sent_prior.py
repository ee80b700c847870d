"""Priors that are sent to other processes, each of which loads them once."""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
import threading
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cloudpickle
import torch

from napari_flowprior._errors import PriorFileError
from napari_flowprior.priors import FlowPrior, Precision, prior_path, read_header

if TYPE_CHECKING:
    from typing import Self


__all__ = ["SentPrior"]

# Of each prior, one for each device is kept; no run needs more than one of either.
_MOST = 4
_loaded: dict[tuple[str, str, str], FlowPrior] = {}
_loading = threading.Lock()


@dataclass(frozen=True)
class SentPrior:
    """A prior on its way: a name where it is a shipped one, and else all of it.

    Parameters
    ----------
    checksum : str
        What tells it from others.
    name : str
        Of a shipped prior; empty for others.
    precision : str
        How its score network computes, wherever that is.
    content : bytes
        All of it, pickled, if it is no shipped one.
    """

    checksum: str
    name: str
    precision: Precision
    content: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, prior: FlowPrior) -> Self:
        """Prepare a prior to be sent.

        Parameters
        ----------
        prior : FlowPrior
            The prior, on any device.

        Returns
        -------
        SentPrior
            To be pickled.
        """
        precision: Precision = "bfloat16" if prior.halves else "float32"
        if _is_shipped(prior):
            return cls(prior.info.checksum, prior.name, precision)
        content = io.BytesIO()
        # Weights on a GPU could only be read where there is one.
        cloudpickle.dump(deepcopy(prior).to("cpu"), content)
        checksum = hashlib.sha256(content.getvalue()).hexdigest()
        return cls(checksum, "", precision, content.getvalue())

    def on(self, device: torch.device) -> FlowPrior:
        """Return the prior on a device, loaded at the first call in a process.

        Parameters
        ----------
        device : device
            Where to.

        Returns
        -------
        FlowPrior
            Shared by all threads that ask.

        Raises
        ------
        PriorFileError
            If it is a shipped one, and another one is shipped here.
        """
        key = self.checksum, self.precision, str(device)
        with _loading:
            if key not in _loaded:
                while len(_loaded) >= _MOST:
                    del _loaded[next(iter(_loaded))]
                prior = self._load().to(device).in_precision(self.precision)
                _loaded[key] = prior
            return _loaded[key]

    def _load(self) -> FlowPrior:
        if self.content:
            prior: FlowPrior = pickle.loads(self.content)
            return prior
        prior = FlowPrior.load(self.name)
        if prior.info.checksum != self.checksum:
            raise PriorFileError(
                f"The prior {self.name} of this worker ({sys.prefix}) is another one "
                "than where the run was started; install the same version of "
                "napari-flowprior in both places."
            )
        return prior


def _is_shipped(prior: FlowPrior) -> bool:
    known = type(prior) is FlowPrior and prior.dtype == torch.float32
    if not (known and prior.info.checksum):
        return False
    try:
        header = read_header(prior_path(prior.name))
    except PriorFileError:
        return False
    return bool(header.card["checksum"] == prior.info.checksum)
