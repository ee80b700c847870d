"""Arrays of some axes of an image are repeated along the others."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior._errors import InputError
from napari_flowprior.data._spread import spread


@pytest.mark.parametrize("letters", ["YX", "XCYZ", "XCYZS"])
def test_values_go_where_their_axes_are(letters):
    sizes = dict(zip("XCYZS", (4, 2, 5, 3, 3), strict=True))
    kept = [letter for letter in sizes if letter in letters]
    if letters == "YX":
        kept = ["Y", "X"]
    part = np.arange(np.prod([sizes[a] for a in kept])).reshape(
        [sizes[a] for a in kept]
    )
    whole = spread(part, "XCYZS", tuple(sizes.values()))
    assert whole.shape == (4, 2, 5, 3, 3)
    place = dict(zip("XCYZS", (3, 1, 4, 2, 0), strict=True))
    inner = tuple(place[letter] for letter in kept)
    assert whole[tuple(place.values())] == part[inner]


def test_other_shapes_are_refused():
    with pytest.raises(InputError, match=r"\(5, 4\) does not fit.*\(3, 4, 5\)"):
        spread(np.zeros((5, 4)), "ZYX", (3, 4, 5))
