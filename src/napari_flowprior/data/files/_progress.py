"""What is noted of an image that is written part by part, to go on with it later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from napari_flowprior.data.files._paths import atomic_path, remove_unfinished

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Progress"]


class Progress:
    """Which planes are written, by two numbers, and what is to be told of them.

    Parameters
    ----------
    path : Path
        The file for the notes, beside what is written.
    story : JSON-able, optional
        How the image is made. Notes of an image of the same story are taken up; without
        a story, none are.

    Attributes
    ----------
    done : dict
        For each plane that is written, the sentences that were noted.
    resumed : bool
        Whether there were notes of the same story.
    """

    def __init__(self, path: Path, story: Any) -> None:
        self._path = path
        self._story = json.loads(json.dumps(story))
        self.done: dict[tuple[int, int], list[str]] = {}
        self.resumed = story is not None and self._read()

    def begin(self) -> None:
        """Write that nothing is done yet."""
        self.done.clear()
        self._write()

    def note(self, part: int, sample: int, words: Sequence[str] = ()) -> None:
        """Note that a plane is written.

        Parameters
        ----------
        part, sample : int
            Numbers that tell which.
        words : sequence of str
            What is to be told of it.
        """
        self.done[part, sample] = list(words)
        self._write()

    def end(self) -> None:
        """Remove the notes, and what killed runs had begun to write of them."""
        remove_unfinished(self._path)
        self._path.unlink(missing_ok=True)

    def _read(self) -> bool:
        try:
            state = json.loads(self._path.read_text())
            done = {(int(a), int(b)): list(map(str, c)) for a, b, c in state["done"]}
            same: bool = state["story"] == self._story
        except (OSError, ValueError, KeyError, TypeError):
            return False
        self.done = done if same else {}
        return same

    def _write(self) -> None:
        done = [[*place, words] for place, words in self.done.items()]
        with atomic_path(self._path, overwrite=True) as temporary:
            temporary.write_text(json.dumps({"story": self._story, "done": done}))
