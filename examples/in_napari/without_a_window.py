"""
Restore layers without a window
===============================

Run the Restore widget on a viewer that is a model only, as scripts on servers do, and
print the script that makes the result again. Where there is no screen, set
``QT_QPA_PLATFORM=offscreen``.
"""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from npe2 import PluginManager
from qtpy.QtWidgets import QApplication
from skimage import data

SIGMA = 25

application = QApplication.instance() or QApplication([])
clean = data.camera()[100:228, 150:278]
noise = np.random.default_rng(0).normal(0, SIGMA, clean.shape)
viewer = ViewerModel()
viewer.add_image(np.clip(clean + noise, 0, 255).astype(np.uint8), name="noisy")

plugins = PluginManager.instance()
plugins.discover()
widget = plugins.commands.get("napari-flowprior.restore")(viewer)
widget.set(
    layer=viewer.layers["noisy"],
    prior="photo-gray",
    degradation="noise",
    degradation_options={"sigma": SIGMA},
    estimator="auto",
    output="estimate",
)
layer = widget.run().wait()
error = float(np.abs(layer.data.astype(float) - clean).mean())
print(f"{layer.name}: wrong by {error:.1f} on average")
print(widget.copy_session())
