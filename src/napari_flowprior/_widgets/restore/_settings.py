"""Settings of the Restore widget as properties, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_flowprior._errors import InputError
from napari_flowprior._widgets.fields import LeavingWidget

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore._form import RestoreForm

__all__ = ["SETTINGS", "RestoreSettings"]

SETTINGS = (
    *("layer", "level", "axes", "prior", "degradation", "degradation_options"),
    *("output", "coverage", "estimator", "estimator_options", "device", "tile"),
    *("overlap", "batch_size", "intensity_range", "black", "white"),
    *("dtype", "keep_source", "store"),
)
"""Names of all settings, each after those that others follow from."""


def _setting(name: str, doc: str) -> Any:
    """Make a property of a field of the form."""

    def get(self: RestoreSettings) -> Any:
        return self.form.settings[name].value

    def put(self: RestoreSettings, value: Any) -> None:
        self.form.settings[name].value = value

    return property(get, put, doc=doc)


class RestoreSettings(LeavingWidget):
    """A widget whose settings are those of a form.

    Attributes
    ----------
    form : RestoreForm
        The fields.
    """

    form: RestoreForm

    layer = _setting("layer", "Image layer to restore.")
    level = _setting("level", "Level of a multiscale layer; 0 for full resolution.")
    prior = _setting("prior", 'Name of a shipped prior, path of a file, or "auto".')
    degradation = _setting(
        "degradation", 'Name such as "noise" or "inpaint", or "compose" for several.'
    )
    output = _setting(
        "output",
        '"estimate"; "uncertainty", "interval" or "log-likelihood" for further layers.',
    )
    coverage = _setting("coverage", "Share that the intervals shall hold, such as 0.9.")
    estimator = _setting("estimator", '"auto", or a name such as "mmse".')
    device = _setting("device", '"auto", or one of the devices of torch.')
    axes = _setting("axes", 'One letter for each axis of the layer, such as "ZYX".')
    tile = _setting("tile", "Side of a tile in pixels; None for automatic.")
    overlap = _setting("overlap", "Pixels that tiles share; None for automatic.")
    batch_size = _setting("batch_size", "Tiles at a time; None for automatic.")
    intensity_range = _setting(
        "intensity_range", '"auto", "type", "percentiles" or "min-max".'
    )
    black = _setting("black", "Intensity that counts as black; None to find it.")
    white = _setting("white", "Intensity that counts as white; None to find it.")
    keep_source = _setting("keep_source", "Whether the layer stays visible.")
    dtype = _setting("dtype", 'None for that of the layer, or "float32".')
    store = _setting("store", "Folder, or name that ends with .zarr, or empty.")

    @property
    def degradation_options(self) -> dict[str, Any]:
        """Options of the degradation, such as ``sigma``; some or all can be set.

        The ``mask`` of "inpaint", the ``map`` of "noise" and the ``psf`` of "blur" are
        layers, or None. Those of "compose" are its ``parts``, in the order in which
        they happened: ``[{"name": "blur", "gaussian": 1.5}, {"name": "noise"}]``;
        options that are not named go back to their defaults.
        """
        return self.form.degradation_options

    @degradation_options.setter
    def degradation_options(self, values: dict[str, Any]) -> None:
        self.form.degradation_options = values

    @property
    def estimator_options(self) -> dict[str, Any]:
        """Options of the estimator, such as ``steps``; some or all can be set.

        If the output is "uncertainty" or "interval", they are ``samples``, ``seed`` and
        ``steps``.
        """
        return self.form.estimator_options

    @estimator_options.setter
    def estimator_options(self, values: dict[str, Any]) -> None:
        self.form.estimator_options = values

    def set(self, **settings: Any) -> None:
        """Set several settings at once, in whatever order they are named.

        Parameters
        ----------
        **settings
            Properties of this widget; what is not named stays as it is.

        Raises
        ------
        InputError
            If there is no such setting, or it cannot have such a value; those before it
            are set by then.

        Examples
        --------
        >>> widget.set(degradation="noise", degradation_options={"sigma": 25})
        >>> layer = widget.run().wait()
        """
        unknown = [name for name in settings if name not in SETTINGS]
        if unknown:
            raise InputError(
                f"There is no setting {', '.join(unknown)}; choose of {list(SETTINGS)}."
            )
        for name in SETTINGS:
            # Without options there is nothing to set, nor does "auto" have any.
            if name in settings and settings[name] != {}:
                setattr(self, name, settings[name])
