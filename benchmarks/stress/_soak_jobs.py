"""What users do in a viewer, one job at a time, for `soak.py`.

Each takes the desk and a generator of random numbers, and leaves the layers as they
were.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask.array as da
import napari
import numpy as np
import tifffile
from napari._qt.dialogs.qt_notification import NapariQtNotification
from qtpy.QtCore import QEventLoop, QTimer
from skimage import data

from napari_flowprior._widgets import RestoreWidget

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 96
PATIENCE = 120.0
DOCKS = "Restore folder", "Train a prior", "Priors"
SHIPPED = 0.05
"""How often a shipped prior takes the place of the small one."""

DEGRADATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("noise", {"sigma": 10}),
    ("noise", {"sigma": None}),
    ("poisson-gaussian", {}),
    ("correlated-noise", {}),
    ("jpeg", {"quality": 30}),
    ("quantized", {}),
    ("blur", {"gaussian": 1.2, "sigma": 10}),
    ("downsample", {"factor": 2}),
    ("blind", {}),
    ("auto", {}),
)
OUTPUTS = "estimate", "estimate", "uncertainty", "interval", "log-likelihood"
SAMPLED = "uncertainty", "interval"

RECIPE = """
title = "tiny"
source = "images"
[flow]
channels = 1
levels = 2
steps = 1
hidden = 6
activation = "silu"
noise_conditional = true
[patches]
size = 16
[train]
steps = 8
batch_size = 4
learning_rate = 1e-2
precision = "float32"
validate_every = 4
[[train.losses]]
name = "likelihood"
[[train.losses]]
name = "score"
"""


@dataclass
class Desk:
    """A viewer with a Restore dock, layers of several kinds, and a folder.

    Parameters
    ----------
    viewer : napari.Viewer
        The viewer.
    folder : Path
        For all files.
    priors : dict of str to Path
        Small ones, "grey" and "rgb".
    """

    viewer: napari.Viewer
    folder: Path
    priors: dict[str, Path]
    restore: RestoreWidget = field(init=False)
    layers: list[Any] = field(init=False)
    holes: list[Any] = field(init=False)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put it all where it belongs."""
        self.layers = [
            self.viewer.add_image(array, name=name, **options)
            for name, array, options in images()
        ]
        hole = np.array([[40, 30], [40, 60], [52, 60], [52, 30]])
        labels = np.zeros((SIDE, SIDE), np.uint8)
        labels[40:52, 30:60] = 1
        self.holes = [
            self.viewer.add_shapes([hole], name="shapes"),
            self.viewer.add_labels(labels, name="labels"),
        ]
        self.restore = self.open("Restore")
        pictures = self.folder / "pictures"
        pictures.mkdir()
        for number in range(2):
            tifffile.imwrite(pictures / f"{number}.tif", self.layers[0].data)
        (self.folder / "tiny.toml").write_text(RECIPE)

    def open(self, name: str) -> Any:
        return self.viewer.window.add_plugin_dock_widget("napari-flowprior", name)[1]

    def open_folder(self) -> Any:
        """Open the dock of folders, set to restore pictures anew."""
        dock = self.open("Restore folder")
        dock.form.fields["prior"].value = self.priors["grey"]
        dock.form.fields["degradation"].value = "noise"
        dock.form.degradation_options = {"sigma": 10}
        dock.fields["source"].value = self.folder / "pictures"
        dock.fields["target"].value = self.folder / "results"
        dock.fields["again"].value = True
        return dock

    def open_training(self, steps: int) -> Any:
        """Open the dock of trainings, set to a tiny one."""
        dock = self.open("Train a prior")
        dock.layers = [self.layers[0]]
        dock.start = f"scratch:{self.folder / 'tiny.toml'}"
        dock.name, dock.device, dock.overwrite = "soaked", "cpu", True
        dock.insist, dock.steps = True, steps
        return dock

    def close(self, widget: Any) -> None:
        self.viewer.window.remove_dock_widget(widget)

    def tidy(self) -> None:
        """Remove the layers that have come, and the messages, which napari keeps."""
        for message in self.viewer.window._qt_window.findChildren(NapariQtNotification):
            message.close()
        for layer in list(self.viewer.layers):
            if layer not in self.holes and layer not in self.layers:
                self.viewer.layers.remove(layer)

    def prior_for(self, layer: Any, rng: np.random.Generator) -> Any:
        kind = "rgb" if layer.rgb else "grey"
        if rng.random() < SHIPPED:
            return {"rgb": "photo-rgb", "grey": "photo-gray"}[kind]
        return self.priors[kind]

    def setup(self, rng: np.random.Generator) -> None:
        """Choose a layer, a prior and what is to be done."""
        layer = self.layers[int(rng.integers(len(self.layers)))]
        name, options = DEGRADATIONS[int(rng.integers(len(DEGRADATIONS)))]
        if not layer.rgb and layer.ndim == 2 and rng.random() < 0.15:
            name = "inpaint"
            options = {"mask": self.holes[int(rng.integers(len(self.holes)))]}
        output = OUTPUTS[int(rng.integers(len(OUTPUTS)))]
        restore = self.restore
        restore.set(layer=layer, prior=self.prior_for(layer, rng), degradation=name)
        restore.set(degradation_options=options, output=output)
        if output in SAMPLED:
            restore.estimator_options = {"samples": 2, "steps": 2}


def images() -> list[tuple[str, Any, dict[str, Any]]]:
    """Return names, arrays and options of layers of several kinds."""
    rng = np.random.default_rng(0)

    def noisy(clean: np.ndarray) -> np.ndarray:
        return (clean + rng.normal(0, 10, clean.shape)).clip(0, 255)

    grey = noisy(data.camera()[100 : 100 + SIDE, 200 : 200 + SIDE])
    colour = noisy(data.astronaut()[:SIDE, 200 : 200 + SIDE])
    stack = np.stack([grey, np.roll(grey, 9, axis=1)])
    levels = [grey.astype(np.uint8), grey[::2, ::2].astype(np.uint8)]
    return [
        ("grey", grey.astype(np.uint8), {}),
        ("colour", colour.astype(np.uint8), {"rgb": True}),
        ("floats", grey.astype(np.float32), {"scale": (0.1, 0.2)}),
        ("stack", (200 * stack).astype(np.uint16), {}),
        ("lazy", da.from_array(stack.astype(np.uint8), chunks=(1, 50, 70)), {}),
        ("pyramid", levels, {"multiscale": True}),
    ]


def events(seconds: float) -> None:
    """Let the viewer live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def until(reached: Callable[[], bool]) -> None:
    """Let the viewer live until something is reached."""
    for _ in range(round(PATIENCE / 0.02)):
        if reached():
            return
        events(0.02)
    raise TimeoutError("Something has not come to its end.")


def settle(desk: Desk) -> None:
    until(lambda: not desk.restore.running)


def restore(desk: Desk, rng: np.random.Generator) -> None:
    desk.setup(rng)
    desk.restore.run().wait(PATIENCE)
    settle(desk)


def cancel(desk: Desk, rng: np.random.Generator) -> None:
    desk.setup(rng)
    pending = desk.restore.run()
    events(rng.uniform(0, 0.3))
    desk.restore.cancel()
    pending.wait(PATIENCE)
    settle(desk)


def preview(desk: Desk, rng: np.random.Generator) -> None:
    desk.setup(rng)
    desk.restore.preview.start()
    for sigma in rng.uniform(2, 20, 3):
        events(rng.uniform(0, 0.4))
        desk.restore.set(degradation="noise", degradation_options={"sigma": sigma})
    desk.restore.preview.stop()


def diagnose(desk: Desk, rng: np.random.Generator) -> None:
    layer = desk.layers[int(rng.integers(len(desk.layers)))]
    desk.restore.set(layer=layer, prior=desk.prior_for(layer, rng))
    desk.restore.diagnose().wait(PATIENCE)
    settle(desk)


def estimate(desk: Desk, rng: np.random.Generator) -> None:
    layer = desk.layers[int(rng.integers(len(desk.layers)))]
    desk.restore.set(layer=layer, degradation="noise")
    desk.restore.estimate_noise().wait(PATIENCE)
    settle(desk)


def batch(desk: Desk, rng: np.random.Generator) -> None:
    dock = desk.open_folder()
    pending = dock.run()
    if rng.random() < 0.3:
        events(rng.uniform(0, 0.3))
        dock.cancel()
    elif pending.wait(PATIENCE):
        dock.open_file(0)
    until(lambda: not dock.running)
    desk.close(dock)


def train(desk: Desk, rng: np.random.Generator) -> None:
    dock = desk.open_training(int(rng.integers(4, 30)))
    dock.train()
    if rng.random() < 0.3:
        events(rng.uniform(0, 1))
        dock.stop()
    until(lambda: not dock.running)
    dock.reset()
    desk.close(dock)


def docks(desk: Desk, rng: np.random.Generator) -> None:
    dock = desk.open(DOCKS[int(rng.integers(len(DOCKS)))])
    events(rng.uniform(0, 0.3))
    desk.close(dock)


def another(desk: Desk, rng: np.random.Generator) -> None:
    """Close the Restore dock, perhaps while it is at work, and open it anew."""
    desk.setup(rng)
    if rng.random() < 0.5:
        desk.restore.run()
        events(rng.uniform(0, 0.2))
    desk.close(desk.restore)
    desk.restore = desk.open("Restore")


def layers(desk: Desk, rng: np.random.Generator) -> None:
    """Exchange a layer for another of its kind, and look at the viewer in 3D."""
    number = int(rng.integers(len(desk.layers)))
    name, array, options = images()[number]
    desk.viewer.layers.remove(desk.layers[number])
    desk.layers[number] = desk.viewer.add_image(array, name=name, **options)
    desk.viewer.dims.ndisplay = 3
    events(0.05)
    desk.viewer.dims.ndisplay = 2


JOBS: dict[str, tuple[float, Callable[[Desk, np.random.Generator], None]]] = {
    "restore": (0.35, restore),
    "cancel": (0.15, cancel),
    "preview": (0.1, preview),
    "diagnose": (0.06, diagnose),
    "estimate": (0.04, estimate),
    "batch": (0.06, batch),
    "train": (0.04, train),
    "docks": (0.08, docks),
    "another": (0.06, another),
    "layers": (0.06, layers),
}
"""How often each is done, and what it is."""
