"""Noisy images."""

from __future__ import annotations

import numpy as np

_Y, _X = np.mgrid[:192, :192]
PATTERNS = {
    "checkerboard": (_Y + _X) % 2 * 255.0,
    "faint checkerboard": (_Y + _X) % 2 * 50.0 + 100,
    "stripes": _Y % 2 * 255.0,
    "dots": np.random.default_rng(1).integers(0, 2, (192, 192)) * 255.0,
    "blocks": np.kron(
        np.random.default_rng(1).integers(0, 2, (64, 64)), np.ones((3, 3))
    )
    * 255.0,
    "zone plate": 127.5 + 127.5 * np.cos((_Y**2 + _X**2) * np.pi / 400),
}
