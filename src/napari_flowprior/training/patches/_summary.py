"""What there is to train on, for a person to read before the start."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

__all__ = ["DataSummary"]


@dataclass(frozen=True, kw_only=True)
class DataSummary:
    """What there is to train on.

    Parameters
    ----------
    images, planes : int
        How many; 0 images are drawn ones, without end.
    skipped : tuple of (str, str)
        Names of images that are not used, and why.
    patches : int
        Patches side by side in the area to train on, those without content left out.
    accepted : float
        Fraction of drawn patches that is used.
    channels : int
        Channels of a patch.
    dtype : str
        Type of the values.
    low, high : float
        Values that become 0 and 1.
    memory : int
        Bytes that the data take at most.
    decoded : int
        Bytes that they would take if all of them were kept.
    held_out : str
        What is held out, in words; empty if nothing is.
    """

    images: int
    planes: int
    skipped: tuple[tuple[str, str], ...] = ()
    patches: int = 0
    accepted: float = 1.0
    channels: int = 1
    dtype: str = "uint8"
    low: float = 0.0
    high: float = 255.0
    memory: int = 0
    decoded: int = 0
    held_out: str = ""

    def sentence(self) -> str:
        """Say it in a sentence or two.

        Returns
        -------
        str
            For a person.
        """
        text = self._what() if self.images else "Images are drawn, without end. "
        text += self._held_out()
        if self.skipped:
            text += f" {_count(len(self.skipped), 'image')} skipped."
        if self.decoded > self.memory:
            text += (
                f" Files are decoded again and again, as only {_mib(self.memory)} of "
                f"{_mib(self.decoded)} are kept."
            )
        return text

    def _held_out(self) -> str:
        if self.held_out:
            return f"Held out: {self.held_out}."
        return "Nothing is held out, as there is too little: figures flatter."

    def _what(self) -> str:
        images, planes = _count(self.images, "image"), _count(self.planes, "plane")
        colour = "colour" if self.channels == 3 else "grey"
        return (
            f"{images} ({planes}, {colour}, {self.dtype}, {self.low:.5g} to "
            f"{self.high:.5g}): about {_rounded(self.patches)} patches, "
            f"{_mib(self.memory)}. "
        )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _mib(number: int) -> str:
    whole = round(number / 2**20)
    return f"{whole:,} MiB" if whole else "less than 1 MiB"


def _rounded(number: int) -> str:
    digits = max(0, int(log10(max(1, number))) - 1)
    return f"{round(number, -digits):,}"
