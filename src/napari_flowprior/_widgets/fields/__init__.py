"""Form fields, each with the property ``setting``, and what arranges them."""

from napari_flowprior._widgets.fields._axes import AxesEdit
from napari_flowprior._widgets.fields._buttons import Button, CopyButton, ToolButton
from napari_flowprior._widgets.fields._changes import new_fields, tell_changes
from napari_flowprior._widgets.fields._choice import Choice, Toggle
from napari_flowprior._widgets.fields._colours import (
    EMPTY_BOX,
    FIELDS,
    FOCUS_COLOUR,
    WRONG,
    WRONG_GROUND,
    WRONG_TEXT,
)
from napari_flowprior._widgets.fields._device import device_choice
from napari_flowprior._widgets.fields._known_priors import (
    KNOWN,
    free_name,
    user_folder,
)
from napari_flowprior._widgets.fields._memory import Keeper, put, recalled
from napari_flowprior._widgets.fields._numbers import DECIMALS, NoiseLevel, Number
from napari_flowprior._widgets.fields._options import (
    OptionRows,
    kind_choice,
    option_field,
)
from napari_flowprior._widgets.fields._preferences import preference
from napari_flowprior._widgets.fields._prior import PriorChoice
from napari_flowprior._widgets.fields._rows import (
    Section,
    add_row,
    form_layout,
    put_after,
    slim_layout,
)
from napari_flowprior._widgets.fields._scroll import SnugScrollArea
from napari_flowprior._widgets.fields._text import FileName, Place

__all__ = [
    "DECIMALS",
    "EMPTY_BOX",
    "FIELDS",
    "FOCUS_COLOUR",
    "KNOWN",
    "WRONG",
    "WRONG_GROUND",
    "WRONG_TEXT",
    "AxesEdit",
    "Button",
    "Choice",
    "CopyButton",
    "FileName",
    "Keeper",
    "NoiseLevel",
    "Number",
    "OptionRows",
    "Place",
    "PriorChoice",
    "Section",
    "SnugScrollArea",
    "Toggle",
    "ToolButton",
    "add_row",
    "device_choice",
    "form_layout",
    "free_name",
    "kind_choice",
    "new_fields",
    "option_field",
    "preference",
    "put",
    "put_after",
    "recalled",
    "slim_layout",
    "tell_changes",
    "user_folder",
]
