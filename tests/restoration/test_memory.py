"""What happens when there is not enough memory for the result itself."""

from __future__ import annotations

import numpy as np
import pytest

from napari_flowprior._errors import MemoryLimitError
from napari_flowprior.restoration._memory import allocate


def test_an_array_is_as_asked_for() -> None:
    array = allocate((2, 3), np.dtype(np.uint16))
    assert (array.shape, array.dtype) == ((2, 3), np.uint16)


# Too much for a machine, and too much for any address.
@pytest.mark.parametrize(("side", "gib"), [(2**28, "6.71e+07"), (2**33, "6.87e+10")])
def test_too_large_a_result_is_a_sentence(side: int, gib: str) -> None:
    with pytest.raises(MemoryLimitError) as caught:
        allocate((side, side), np.dtype(np.uint8))
    assert f"({side}, {side}) needs {gib} GiB" in str(caught.value)
