"""Choosing what to compute on."""

from __future__ import annotations

from napari_flowprior._widgets.fields._choice import Choice
from napari_flowprior._widgets.fields._preferences import preference

__all__ = ["device_choice"]


def device_choice(**row: str) -> Choice:
    """List the devices of torch, which must be loaded.

    Parameters
    ----------
    **row : str
        Name, label and tool tip, as of all widgets of magicgui.

    Returns
    -------
    Choice
        "auto", and each device by its name; that of the preferences is chosen.
    """
    from napari_flowprior._device import available_devices

    devices = available_devices()
    preferred = preference("computing", "device")
    labels = {"auto": f"auto ({devices[0]})"} | {name: name for name in devices}
    choice = Choice(
        labels=labels, tips={"auto": "The fastest device of this computer"}, **row
    )
    if preferred in choice.choices:
        choice.value = preferred
    return choice
