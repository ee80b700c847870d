"""
Write a degradation of your own
===============================

A degradation says in a few lines what happened to an image: which linear map made the
observation, and how much noise was added. The prior, the estimators, the tiles, the
command line and the widget are there already.

An interlaced camera records every second row only. Here the rows that it did not record
are filled in.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import matplotlib.pyplot as plt
import torch
from skimage import data
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import restore
from napari_flowprior.restoration import (
    DefaultEstimator,
    Degradation,
    GaussianLikelihood,
    Hint,
    Mask,
    Observation,
)

# %%
# It is a frozen dataclass. Fields with a hint become options of the command line and
# fields of the widget.


@dataclass(frozen=True, eq=False)
class Interlaced(Degradation):
    """Every second row was not recorded.

    Parameters
    ----------
    first_row : int
        First row that was recorded, 0 or 1.
    """

    first_row: Annotated[
        int,
        Hint(
            label="First row",
            help="First row that was recorded.",
            least=0,
            most=1,
        ),
    ] = 0
    name: ClassVar[str] = "interlaced"
    label: ClassVar[str] = "Interlaced"
    # Tiles do not know where in the image their first row is.
    whole_planes: ClassVar[bool] = True

    def observe(self, view, missing=None):
        """Look at the image: all that it shows is true, without noise."""
        return Observation(level=0.0, provenance=self.summary())

    def likelihood(self, y, sigma, **planes):
        """Return the data term: only some rows of the image are seen."""
        known = torch.zeros_like(y, dtype=torch.bool)
        known[..., self.first_row :: 2, :] = True
        return GaussianLikelihood(torch.where(known, y, 0.0), Mask(known), sigma)

    def default_estimator(self, prior):
        """Take what suits pixels that are missing."""
        return DefaultEstimator("annealing")


# %%
# That is all. Rows that were recorded stay exactly as they are.
clean = data.camera()[80:176, 190:286]
damaged = clean.copy()
damaged[1::2] = 0
restored = restore(damaged, degradation=Interlaced())
assert (restored[::2] == clean[::2]).all()

# %%
# Repeating the rows that are there is worse.
doubled = damaged[::2].repeat(2, axis=0)
print(f"interlaced: {psnr(clean, doubled):.2f} dB, {psnr(clean, restored):.2f} dB")

figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
titles = "recorded", "rows repeated", "restored"
for axis, title, image in zip(axes, titles, (damaged, doubled, restored), strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(title)
    axis.axis("off")
plt.show()

# %%
# To have it in the command line and in the widget, put the class into a file of
# ``restoration/degradations/`` and its name into the list of ``_registry.py`` there:
# then ``--degradation interlaced --first-row 1`` works, and *Interlaced* can be chosen.
