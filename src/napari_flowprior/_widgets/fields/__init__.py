"""Form fields, widgets of magicgui each with a ``value``, and what arranges them."""

from napari_flowprior._widgets.fields._axes import Axes, AxesEdit
from napari_flowprior._widgets.fields._buttons import Button, CopyButton, ToolButton
from napari_flowprior._widgets.fields._choice import Choice
from napari_flowprior._widgets.fields._colours import (
    EMPTY_BOX,
    FIELDS,
    FOCUS_COLOUR,
    WRONG,
    WRONG_GROUND,
    WRONG_TEXT,
)
from napari_flowprior._widgets.fields._device import device_choice, device_here
from napari_flowprior._widgets.fields._exit import delete_at_exit
from napari_flowprior._widgets.fields._known_priors import (
    KNOWN,
    free_name,
    make_user_folder,
    user_folder,
)
from napari_flowprior._widgets.fields._late import LateField, LateRows
from napari_flowprior._widgets.fields._leaving import LeavingWidget
from napari_flowprior._widgets.fields._level import Level, NoiseLevel
from napari_flowprior._widgets.fields._memory import Keeper, put, recalled
from napari_flowprior._widgets.fields._numbers import DECIMALS, Number
from napari_flowprior._widgets.fields._options import (
    OptionRows,
    kind_choice,
    option_field,
    short_label,
    toggle,
)
from napari_flowprior._widgets.fields._paragraph import Paragraph
from napari_flowprior._widgets.fields._preferences import preference
from napari_flowprior._widgets.fields._primary import Primary
from napari_flowprior._widgets.fields._prior import PriorChoice
from napari_flowprior._widgets.fields._rows import Rows, put_after, slim_layout
from napari_flowprior._widgets.fields._scroll import SnugScrollArea
from napari_flowprior._widgets.fields._section import Section
from napari_flowprior._widgets.fields._shared_place import SharedPlace
from napari_flowprior._widgets.fields._tab_order import TabOrder
from napari_flowprior._widgets.fields._text import FileName, Place
from napari_flowprior._widgets.fields._tips import wrap

__all__ = [
    "DECIMALS",
    "EMPTY_BOX",
    "FIELDS",
    "FOCUS_COLOUR",
    "KNOWN",
    "WRONG",
    "WRONG_GROUND",
    "WRONG_TEXT",
    "Axes",
    "AxesEdit",
    "Button",
    "Choice",
    "CopyButton",
    "FileName",
    "Keeper",
    "LateField",
    "LateRows",
    "LeavingWidget",
    "Level",
    "NoiseLevel",
    "Number",
    "OptionRows",
    "Paragraph",
    "Place",
    "Primary",
    "PriorChoice",
    "Rows",
    "Section",
    "SharedPlace",
    "SnugScrollArea",
    "TabOrder",
    "ToolButton",
    "delete_at_exit",
    "device_choice",
    "device_here",
    "free_name",
    "kind_choice",
    "make_user_folder",
    "option_field",
    "preference",
    "put",
    "put_after",
    "recalled",
    "short_label",
    "slim_layout",
    "toggle",
    "user_folder",
    "wrap",
]
