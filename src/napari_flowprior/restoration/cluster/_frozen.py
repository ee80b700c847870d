"""Engines on their way to other processes, without the pixels and the prior."""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cloudpickle
import numpy as np

from napari_flowprior._errors import RestoreError
from napari_flowprior._options import options
from napari_flowprior._version import version
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration.cluster._pieces import Patchwork

if TYPE_CHECKING:
    from napari_flowprior.restoration.cluster._pieces import Region
    from napari_flowprior.restoration.degradations import Degradation
    from napari_flowprior.restoration.engine._ladder import AnEngine

__all__ = ["FrozenEngine", "freeze", "roots_of"]

_PRIOR = "prior"


@dataclass(frozen=True)
class FrozenEngine:
    """An engine that sees nothing yet.

    Parameters
    ----------
    content : bytes
        The engine, pickled; in place of the prior and of the arrays of the image it
        has their names.
    shapes : sequence of tuple of int
        Of the arrays of the image.
    dtypes : sequence of dtype
        Their types.
    device : str
        Kind of device that the batches are made for.
    version : str
        Of the package.
    """

    content: bytes = field(repr=False)
    shapes: Sequence[tuple[int, ...]]
    dtypes: Sequence[np.dtype[Any]]
    device: str
    version: str

    def thaw(
        self,
        prior: FlowPrior | None,
        regions: Sequence[Sequence[Region]],
        pieces: Sequence[Sequence[Any]],
    ) -> Any:
        """Return the engine, which sees some regions.

        Parameters
        ----------
        prior : FlowPrior or None
            The prior, if it is to compute.
        regions : sequence of sequence of tuple of slice
            For each array of the image, which regions are at hand.
        pieces : sequence of sequence of ndarray
            What is there.

        Returns
        -------
        Engine or PlaneEngine
            As it was frozen.

        Raises
        ------
        RestoreError
            If it comes from another version of this package.
        """
        if self.version != version():
            raise RestoreError(
                f"A worker of the cluster has version {version()} of napari-flowprior, "
                f"and the run was started with {self.version}; install the same one."
            )
        kinds = zip(self.shapes, self.dtypes, regions, pieces, strict=True)
        arrays = [Patchwork(*kind) for kind in kinds]
        return _Thawer(self.content, prior, arrays).load()


def freeze(engine: AnEngine, roots: Sequence[Any]) -> FrozenEngine:
    """Prepare an engine to be sent; what it needs of the whole image is known before.

    Parameters
    ----------
    engine : Engine or PlaneEngine
        The engine.
    roots : sequence of array
        Arrays of the image, all of one shape, whose pixels are sent with each task.

    Returns
    -------
    FrozenEngine
        To be pickled.
    """
    content = io.BytesIO()
    _Freezer(content, roots).dump(engine)
    return FrozenEngine(
        content.getvalue(),
        [tuple(root.shape) for root in roots],
        [np.dtype(root.dtype) for root in roots],
        engine.prior.device.type,
        version(),
    )


def roots_of(image: Any, degradation: Degradation) -> list[Any]:
    """Return the arrays whose pixels a restoration reads.

    Parameters
    ----------
    image : array
        The image.
    degradation : Degradation
        What happened to it, as it was given.

    Returns
    -------
    list of array
        The image, and masks and maps of its shape.
    """
    given = (
        getattr(step, option.name)
        for step in degradation.steps
        for option in options(type(step))
        if option.array in ("image", "mask")
    )
    shape = tuple(image.shape)
    alike = [each for each in given if each is not None and tuple(each.shape) == shape]
    return [image, *alike]


class _Freezer(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles an engine, but for its prior and some arrays."""

    def __init__(self, file: io.BytesIO, roots: Sequence[Any]) -> None:
        super().__init__(file, protocol=5)
        self._numbers = {id(root): number for number, root in enumerate(roots)}

    def persistent_id(self, value: object) -> str | int | None:
        if isinstance(value, FlowPrior):
            return _PRIOR
        return self._numbers.get(id(value))

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, np.ndarray) and _is_spread(value):
            return np.broadcast_to, (value[_once(value)].copy(), value.shape)
        return super().reducer_override(value)


class _Thawer(pickle.Unpickler):
    """Unpickles an engine with a prior, and with arrays in place of those it had."""

    def __init__(
        self, content: bytes, prior: FlowPrior | None, arrays: Sequence[Patchwork]
    ) -> None:
        super().__init__(io.BytesIO(content))
        self._prior = prior
        self._arrays = arrays

    def persistent_load(self, name: Any) -> FlowPrior | Patchwork | None:
        return self._prior if name == _PRIOR else self._arrays[name]


def _is_spread(array: Any) -> bool:
    """Tell whether values stand for several, which a pickle would hold many times."""
    sides = zip(array.shape, array.strides, strict=True)
    return any(size > 1 and not stride for size, stride in sides)


def _once(array: Any) -> tuple[slice, ...]:
    return tuple(slice(None, None if stride else 1) for stride in array.strides)
