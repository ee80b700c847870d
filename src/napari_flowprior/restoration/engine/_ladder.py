"""What is tried in turn where memory runs out: less at a time, then the processor.

Engines halve their batches by themselves. Where not even a single tile fits, tiles are
halved, and blocks of planes with them, down to 64 and 384 pixels; then all of it is
tried on the processor.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from napari_flowprior._errors import MemoryLimitError
from napari_flowprior.restoration._memory import OUT_OF_MEMORY, is_out_of_memory
from napari_flowprior.restoration.engine._blocks import LEAST_BLOCK
from napari_flowprior.restoration.engine._events import RestoreEvent
from napari_flowprior.restoration.engine._making import make_engine
from napari_flowprior.restoration.engine._plane_engine import PlaneEngine
from napari_flowprior.restoration.engine._tile_engine import Engine

if TYPE_CHECKING:
    from napari_flowprior.restoration.engine._begin import Begun
    from napari_flowprior.restoration.engine._output import Output
    from napari_flowprior.restoration.engine._run_options import RestoreOptions

__all__ = ["Ladder"]

AnEngine = Engine | PlaneEngine
Message = Callable[[Sequence[AnEngine]], str]

_LEAST_TILE = 64


def _as_it_is(engine: AnEngine) -> AnEngine:
    return engine


class Ladder:
    """The engines of the parts of an image, and others where memory runs out.

    Parameters
    ----------
    options : RestoreOptions
        The description of the run.
    begun : Begun
        What was found of the image.
    prepare : callable, optional
        Called with each engine, returns the one that is used in its place.

    Attributes
    ----------
    engines : list
        The engine of each part, as it was used in the end.
    """

    def __init__(
        self,
        options: RestoreOptions,
        begun: Begun,
        prepare: Callable[[AnEngine], AnEngine] = _as_it_is,
    ) -> None:
        self._options = options
        self._begun = begun
        self._prepare = prepare
        self._block = 2**16
        self._short = False
        self.engines = [self._made(number) for number in range(len(begun.parts))]

    def run(
        self, output: Output, message: Message
    ) -> Generator[RestoreEvent, None, None]:
        """Restore all parts into an output array.

        Parameters
        ----------
        output : Output
            Where the result goes.
        message : callable
            What is going on, given the engines.

        Yields
        ------
        RestoreEvent
            Before the work, and after each piece of it.

        Raises
        ------
        MemoryLimitError
            If memory runs out whatever is tried.
        """
        yield self._event(0, message)
        done = 0
        for number in range(len(self.engines)):
            while True:
                try:
                    yield from self._part(number, done, output, message)
                except (MemoryLimitError, *OUT_OF_MEMORY) as error:
                    self._step_down(number, error)
                    continue
                break
            done += self.engines[number].total

    def provenance(self) -> dict[str, Any]:
        """Tell how the result came about, JSON-able."""
        story = self._begun.provenance(self.engines)
        words = [self._words()] if self._short else []
        return {**story, "warnings": [*words, *story["warnings"]]}

    def _part(
        self, number: int, before: int, output: Output, message: Message
    ) -> Generator[RestoreEvent, None, None]:
        engine = self.engines[number]
        done = 0
        for steps in engine.run(output.array, planes=output.of(number)):
            done = min(done + steps, engine.total)
            yield self._event(before + done, message)

    def _event(self, done: int, message: Message) -> RestoreEvent:
        total = sum(engine.total for engine in self.engines)
        return RestoreEvent(done=done, total=total, message=message(self.engines))

    def _made(self, number: int) -> AnEngine:
        begun = self._begun
        engine = make_engine(self._options, begun.parts[number], begun.prior)
        if isinstance(engine, PlaneEngine):
            engine = replace(engine, block=min(engine.block, self._block))
        return self._prepare(engine)

    def _step_down(self, number: int, error: Exception) -> None:
        """Make engines that need less for what is left, or give up."""
        if not isinstance(error, MemoryLimitError) and not is_out_of_memory(error):
            raise error
        if not (self._smaller(self.engines[number]) or self._on_processor()):
            raise self._explained(error) from error
        self._short = True
        for left in range(number, len(self.engines)):
            self.engines[left] = self._made(left)

    def _smaller(self, engine: AnEngine) -> bool:
        """Halve tiles and blocks; tell whether there was anything to halve."""
        stride = engine.prior.stride
        height, width = (
            max(side // 2 // stride * stride, min(side, _LEAST_TILE))
            for side in engine.tile
        )
        halved = (height, width) != engine.tile
        if halved:
            overlap = min(engine.overlap, min(height, width) // 2)
            tile = height, width
            self._options = replace(self._options, tile=tile, overlap=overlap)
        if not isinstance(engine, PlaneEngine):
            return halved
        side = min(engine.block, max(engine.view.shape))
        self._block = max(side // 2, min(side, LEAST_BLOCK))
        return halved or self._block < side

    def _on_processor(self) -> bool:
        prior = self._begun.prior
        if prior.device.type == "cpu":
            return False
        prior.to(torch.device("cpu"))
        return True

    def _explained(self, error: Exception) -> MemoryLimitError:
        if isinstance(error, MemoryLimitError):
            return error
        return MemoryLimitError(
            f"There is not enough memory on {self._begun.prior.device}, not even for "
            "small parts of the image; close other programs, or take a smaller prior."
        )

    def _words(self) -> str:
        engine = self.engines[-1]
        height, width = engine.tile
        blocks = ""
        if isinstance(engine, PlaneEngine) and len(engine.blocks) > 1:
            blocks = f", in {len(engine.blocks)} blocks of a plane"
        return (
            f"Memory ran short, so tiles of {height}x{width} pixels were used{blocks}, "
            f"on {engine.prior.device}; that is slower, and next to the same."
        )
