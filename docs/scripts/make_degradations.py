"""Draw what the examples of degradations damage and restore, in one picture.

Needs two minutes: ``python docs/scripts/make_degradations.py``.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "degradations"
PICTURE = ROOT / "resources" / "readme" / "degradations.png"
LEFT_OUT = "plot_noise_map.py"  # it looks like plot_noise.py
COLUMNS, DPI = 4, 100


def pair(script: Path) -> tuple[str, Any, Any]:
    """Run an example; return its name, and its damaged and its restored image."""
    figure = runpy.run_path(str(script))["figure"]
    _, damaged, restored = (axis.images[0].get_array() for axis in figure.axes)
    before, after = (axis.get_title() for axis in figure.axes[1:])
    gain = after.partition("(")[2].rstrip(")")
    return f"{before.rstrip(')')} to {gain})", damaged, restored


def main() -> None:
    """Run all examples and write the picture."""
    mpl.use("agg")
    scripts = sorted(EXAMPLES.glob("plot_*.py"))
    pairs = [pair(script) for script in scripts if script.name != LEFT_OUT]
    rows = -(-len(pairs) // COLUMNS)
    size = 3.2 * COLUMNS, 1.85 * rows
    figure, axes = plt.subplots(rows, COLUMNS, figsize=size, layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, *images) in zip(axes.flat, pairs, strict=False):
        axis.set_title(title, fontsize=9)
        for number, image in enumerate(images):
            extent = (number, number + 0.97, 0, 0.97)
            axis.imshow(image, cmap="gray", vmin=0, vmax=255, extent=extent)
        axis.set_xlim(0, 1.97)
    figure.savefig(PICTURE, dpi=DPI)


if __name__ == "__main__":
    main()
