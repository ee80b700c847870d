"""The settings of a restoration as a layer remembers them, and as a form gets them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.layers import Layer

from napari_flowprior._errors import FlowPriorError
from napari_flowprior._resources import shipped_priors
from napari_flowprior._widgets.jobs import in_fields
from napari_flowprior._widgets.layers import image_data

if TYPE_CHECKING:
    from napari_flowprior._widgets.restore._form import RestoreForm
    from napari_flowprior._widgets.restore._settings import RestoreSettings

__all__ = [
    "find_layer",
    "has_settings",
    "is_layer",
    "set_as_before",
    "settings_of",
    "take_down",
]

_PLAIN = (
    *("layer", "level", "axes", "prior", "degradation", "output", "coverage"),
    *("estimator", "device", "tile", "overlap", "batch_size"),
    *("intensity_range", "black", "white", "dtype", "keep_source", "store"),
)


def settings_of(form: RestoreForm) -> dict[str, Any]:
    """Return what a form is set to, by the names that scripts know.

    Parameters
    ----------
    form : RestoreForm
        The form.

    Returns
    -------
    dict
        Keyword arguments of `RestoreSettings.set`; layers are layers.
    """
    settings = form.settings
    plain = {name: settings[name].value for name in _PLAIN}
    options = {
        "degradation_options": form.degradation_options,
        "estimator_options": form.estimator_options,
    }
    return {**plain, **options}


def take_down(value: Any) -> Any:
    """Write settings down for another time, when layers may be gone.

    Parameters
    ----------
    value : object
        What `settings_of` returns, or a part of it.

    Returns
    -------
    object
        The same of what JSON can hold: a layer becomes its name and its number.
    """
    if isinstance(value, Mapping):
        return {name: take_down(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [take_down(part) for part in value]
    if isinstance(value, Layer):
        return {"layer": value.name, "id": str(value.unique_id)}
    return value


def is_layer(value: Any) -> bool:
    """Tell whether a value is a layer that `take_down` wrote down."""
    return isinstance(value, Mapping) and set(value) == {"layer", "id"}


def has_settings(layer: Any) -> bool:
    """Tell whether a layer says what a form was set to when it was made."""
    return bool(layer.metadata.get("flowprior", {}).get("settings"))


def find_layer(layers: Any, noted: Mapping[str, str]) -> Any:
    """Find a layer that was written down.

    Parameters
    ----------
    layers : LayerList
        Layers of a viewer.
    noted : mapping
        What `take_down` made of it.

    Returns
    -------
    Layer or None
        The very layer, whatever it is called by now; else, as in another session, that
        of its name; None if there is neither.
    """
    for layer in layers:
        if str(layer.unique_id) == noted["id"]:
            return layer
    same_name = [layer for layer in layers if layer.name == noted["layer"]]
    return same_name[0] if same_name else None


def set_as_before(
    widget: RestoreSettings, layers: Any, provenance: Mapping[str, Any]
) -> list[str]:
    """Set a widget as it was when a layer was made.

    Parameters
    ----------
    widget : RestoreSettings
        The widget.
    layers : LayerList
        Layers of the viewer.
    provenance : mapping
        What the layer says of how it was made, with ``settings``.

    Returns
    -------
    list of str
        Sentences on what is not as it was; none if a run gives the same again.
    """
    said: list[str] = []
    found = _with_layers(provenance["settings"], layers, said)
    if found["layer"] is None:
        del found["layer"]
        if not _fits(found["axes"], widget.layer):
            del found["axes"]
    for name, value in found.items():
        try:
            widget.set(**{name: value})
        except FlowPriorError as error:
            said.append(in_fields(str(error)))
    return [*dict.fromkeys(said), *_other_surroundings(provenance, widget)]


def _with_layers(value: Any, layers: Any, said: list[str]) -> Any:
    """Put layers in the places of what was written down, None for what is gone."""
    if is_layer(value):
        layer = find_layer(layers, value)
        if layer is None:
            said.append(f"The layer {value['layer']!r} is gone; choose another.")
        return layer
    if isinstance(value, Mapping):
        return {n: _with_layers(part, layers, said) for n, part in value.items()}
    if isinstance(value, list | tuple):
        return [_with_layers(part, layers, said) for part in value]
    return value


def _fits(axes: str, layer: Any) -> bool:
    return layer is not None and len(axes) == image_data(layer).ndim


def _other_surroundings(
    provenance: Mapping[str, Any], widget: RestoreSettings
) -> list[str]:
    """Say where another prior or another machine would compute something else."""
    import torch

    from napari_flowprior._device import is_scheduler, resolve_device

    said = []
    if not _is_same_prior(provenance, widget):
        said.append(
            f"The prior {provenance['prior']['name']} is not the same as then, and so "
            "the result will differ."
        )
    before, chosen = (provenance["torch"], provenance["device"]), widget.device
    here = chosen if is_scheduler(chosen) else str(resolve_device(chosen))
    if before != (torch.__version__, here):
        said.append(
            f"PyTorch {before[0]} computed it on {before[1]}; here, the last digits "
            "may differ."
        )
    return said


def _is_same_prior(provenance: Mapping[str, Any], widget: RestoreSettings) -> bool:
    from napari_flowprior.priors import PriorInfo, read_header

    before = provenance["prior"]
    name = before["name"] if widget.prior == "auto" else widget.prior
    path = shipped_priors().get(name, Path(name).expanduser())
    try:
        return (
            PriorInfo.from_card(read_header(path).card).checksum == before["checksum"]
        )
    except FlowPriorError:
        return False
