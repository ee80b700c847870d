"""
Drive the Restore widget from a script
======================================

Open napari, restore a noisy photograph with the Restore widget, show the result.

With ``--close`` napari is closed as soon as the result is there.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import napari

SIGMA = 25


def open_viewer() -> tuple[napari.Viewer, Any]:
    """Open a viewer with a sample image and the widget, as its menus would."""
    viewer = napari.Viewer(title="napari-flowprior")
    viewer.open_sample("napari-flowprior", "noisy")
    _, widget = viewer.window.add_plugin_dock_widget("napari-flowprior", "Restore")
    return viewer, widget


def choose(viewer: napari.Viewer, widget: Any) -> None:
    """Choose what could be chosen by hand."""
    widget.layer = viewer.layers["noisy photograph"]
    widget.prior = "photo-gray"
    widget.degradation = "noise"
    widget.degradation_options = {"sigma": SIGMA}
    widget.estimator = "auto"


def report(layer: napari.layers.Image | None) -> None:
    """Print how the run has ended; without a layer it has failed or was cancelled."""
    if layer is None:
        print("There is no result.", file=sys.stderr)
        return
    provenance = layer.metadata["flowprior"]
    print(f"{layer.name}: {provenance['seconds']} s on {provenance['device']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--close", action="store_true", help="close napari at the end")
    options = parser.parse_args()
    viewer, widget = open_viewer()
    choose(viewer, widget)
    # The widget works in the background and says when it is done.
    widget.finished.connect(report)
    pending = widget.run()
    if options.close:
        # Windows of others may be open, without which Qt would not end by itself.
        pending.wait()
        viewer.close()
    else:
        napari.run()


if __name__ == "__main__":
    main()
