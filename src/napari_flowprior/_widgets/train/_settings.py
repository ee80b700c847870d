"""Settings of the Train widget as properties, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_flowprior._widgets.fields import LeavingWidget

if TYPE_CHECKING:
    from napari_flowprior._widgets.train._form import TrainForm

__all__ = ["TrainSettings"]


def _setting(name: str, doc: str) -> Any:
    """Make a property of a field of the form."""

    def get(self: TrainSettings) -> Any:
        return self.form.fields[name].value

    def put(self: TrainSettings, value: Any) -> None:
        self.form.fields[name].value = value

    return property(get, put, doc=doc)


class TrainSettings(LeavingWidget):
    """A widget whose settings are those of a form.

    Attributes
    ----------
    form : TrainForm
        The fields.
    """

    form: TrainForm

    source = _setting("source", '"layers" or "folder".')
    layers = _setting("layers", "Image layers to train on.")
    folder = _setting("folder", "Folder, file or pattern of images to train on.")
    start = _setting("start", 'Name or path of a prior, or "scratch:photo" and such.')
    name = _setting("name", "Name of the new prior.")
    place = _setting("place", "Folder that the prior goes to.")
    minutes = _setting("minutes", "Time to spend; None for no limit.")
    device = _setting("device", '"auto", or one of the devices of torch.')
    steps = _setting("steps", "Number of steps in place of a time, or None.")
    batch_size = _setting("batch_size", "Patches in each step; None for automatic.")
    learning_rate = _setting("learning_rate", "None for that of the recipe.")
    seed = _setting("seed", "None for that of the recipe.")
    colour = _setting("colour", 'None, "grey" or "rgb".')
    overwrite = _setting("overwrite", "Whether files of the same name may be replaced.")
    images = _setting("images", '"clean" or "noisy".')
    sigma = _setting("sigma", "Noise level of noisy images; None to find it.")
    insist = _setting("insist", "Whether to train on noisy images as if clean.")

    @property
    def preset(self) -> str:
        """What it is for: "adapt" takes minutes, "nothing" hours, without a prior.

        Setting it sets ``start``, ``minutes`` and ``steps``.
        """
        return self.form.presets.value

    @preset.setter
    def preset(self, name: str) -> None:
        self.form.presets.value = name

    @property
    def axes(self) -> str:
        """Letters of the axes of the current layer, or of all files of the folder."""
        return self.form.fields["axes"].value

    @axes.setter
    def axes(self, axes: str) -> None:
        self.form.name_axes(axes)
