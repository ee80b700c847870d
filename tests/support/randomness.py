"""Random numbers of a seed."""

from __future__ import annotations

import numpy as np


def rng(seed):
    return np.random.default_rng(seed)
