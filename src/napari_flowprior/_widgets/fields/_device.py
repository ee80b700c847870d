"""Choosing what to compute on."""

from __future__ import annotations

from napari_flowprior._widgets.fields._choice import Choice

__all__ = ["device_choice"]


def device_choice() -> Choice:
    """List the devices of torch, which must be loaded.

    Returns
    -------
    Choice
        "auto", and each device by its name.
    """
    from napari_flowprior._device import available_devices

    devices = available_devices()
    labels = {"auto": f"auto ({devices[0]})"} | {name: name for name in devices}
    return Choice(labels, {"auto": "The fastest device of this computer"})
