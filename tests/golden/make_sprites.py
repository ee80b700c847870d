"""Draw the sprites that tests/training/test_sprites.py compares with.

Run it after a wanted change of the drawing: python tests/golden/make_sprites.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_flowprior.training import draw_sprite

SEEDS = (0, 1, 2, 3)


def main() -> None:
    sprites = [draw_sprite(np.random.default_rng(seed)) for seed in SEEDS]
    file = Path(__file__).with_name("sprites.npz")
    np.savez_compressed(file, seeds=SEEDS, sprites=np.stack(sprites))


if __name__ == "__main__":
    main()
