"""Where a result is written, if not into a new array, and what of it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Output"]


def _forgotten(part: int, sample: int, words: Sequence[str]) -> None:
    """Remember nothing."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """An array that a result is written to, plane by plane.

    The same run over the same image looks at it in the same way, so that planes of an
    earlier, interrupted one can stay as they are.

    Parameters
    ----------
    array : array
        Of the shape and the type of the result, such as one of a file, to be assigned
        to by integers and slices.
    done : mapping
        For each plane that is written already, by two numbers, the warnings that it
        gave.
    note : callable
        Called with these two numbers and warnings when a plane is written.
    """

    array: Any
    done: Mapping[tuple[int, int], Sequence[str]] = field(default_factory=dict)
    note: Callable[[int, int, Sequence[str]], object] = _forgotten

    def of(self, part: int) -> SampleOutput:
        """Return the same for a part of an image.

        Parameters
        ----------
        part : int
            Which one.

        Returns
        -------
        SampleOutput
            For its samples.
        """
        return SampleOutput(self, part)


@dataclass(frozen=True)
class SampleOutput:
    """The planes of a part of an image.

    Parameters
    ----------
    output : Output
        Of the whole image.
    part : int
        Which part.
    """

    output: Output
    part: int

    def __contains__(self, sample: int) -> bool:
        return (self.part, sample) in self.output.done

    def said(self, sample: int) -> Sequence[str]:
        """Return the warnings that a plane gave which is written already.

        Parameters
        ----------
        sample : int
            Which one.

        Returns
        -------
        sequence of str
            Sentences.
        """
        return self.output.done[self.part, sample]

    def note(self, sample: int, words: Sequence[str] = ()) -> None:
        """Tell that a plane is written.

        Parameters
        ----------
        sample : int
            Which one.
        words : sequence of str
            Warnings that it gave.
        """
        self.output.note(self.part, sample, words)
