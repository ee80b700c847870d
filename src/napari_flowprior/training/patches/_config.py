"""How patches are chosen, as data."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from napari_flowprior._checks import check_names
from napari_flowprior._errors import InputError

__all__ = ["PatchConfig"]

_CHOICES = {"augment": ("all", "flip", "none"), "colour": ("auto", "grey", "rgb")}
_LARGEST = 4096


@dataclass(frozen=True, kw_only=True)
class PatchConfig:
    """Size and choice of patches.

    Parameters
    ----------
    size : int
        Side of a patch in pixels.
    augment : {"all", "flip", "none"}
        Whether patches are rotated and flipped (the dihedral transforms), only flipped
        left to right, or neither.
    colour : {"auto", "grey", "rgb"}
        "auto": three channels where every image has colours, one where none has;
        "grey": colours become luminance (Rec. 601); "rgb": every image must have
        colours.
    smooth : float
        Mean absolute difference of neighbouring pixels, in units of the normalised
        range, below which a patch counts as smooth: sky and blur teach little.
    keep_smooth : float
        Fraction of smooth patches that is kept. Patches of a single value never are.
    drawn : float
        Fraction of the patches that are drawn instead: text, gratings, blocks, lines,
        dots and so on, see `drawings`. Held-out patches are drawn in the same part.
    held_out : float
        Fraction of the data that is held out for validation.
    cache : int
        Bytes of decoded images to keep in memory.

    Raises
    ------
    InputError
        If a value makes no sense.
    """

    size: int = 64
    augment: str = "all"
    colour: str = "auto"
    smooth: float = 2 / 255
    keep_smooth: float = 0.25
    drawn: float = 0.0
    held_out: float = 0.1
    cache: int = 2**29

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise InputError(
                    f"{name} is {getattr(self, name)!r}; choose one of {choices}."
                )
        if not _is_whole(self.size) or not 2 <= self.size <= _LARGEST:
            raise InputError(f"size is {self.size!r}; it must be from 2 to {_LARGEST}.")
        if not _is_whole(self.cache) or self.cache < 0:
            raise InputError(f"cache is {self.cache!r}; it must be a number of bytes.")
        for name, low, high in (
            ("smooth", 0, 1),
            ("keep_smooth", 0, 1),
            ("drawn", 0, 1),
        ):
            self._check_number(name, low, high)
        self._check_number("held_out", 0.01, 0.5)

    def _check_number(self, name: str, low: float, high: float) -> None:
        value = getattr(self, name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            raise InputError(f"{name} is {value!r}; it must be from {low} to {high}.")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> PatchConfig:
        """Build from plain data, refusing unknown names.

        Parameters
        ----------
        values : dict
            Names and values.

        Returns
        -------
        PatchConfig
            The settings.

        Raises
        ------
        InputError
            If a name is unknown or a value makes no sense.
        """
        check_names("[patches]", values, {field.name for field in fields(cls)})
        return cls(**values)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
