"""Options: described once by their dataclass, and checked wherever they are given."""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pytest

from napari_flowprior._errors import InputError
from napari_flowprior._options import Hint, Option, check_options, options
from napari_flowprior.restoration import (
    DEGRADATIONS,
    ESTIMATORS,
    Noise,
    RunOptions,
    Sampling,
)


def hint(**more: Any) -> Hint:
    return Hint(label="A label", help="What it is for.", **more)


@dataclass(frozen=True)
class Settings:
    size: Annotated[int | tuple[int, int], hint(least=1, unit="pixels")]
    weight: Annotated[float, hint(least=0.5, most=4)] = 2.0
    level: Annotated[float | None, hint(least=0, none="none")] = None
    count: Annotated[int | None, hint(most=9)] = None
    mode: Annotated[Literal["fast", "best"], hint(flag="quality")] = "fast"
    sharp: Annotated[bool, hint()] = True
    word: Annotated[str, hint()] = "a"
    mask: Annotated[Any, hint(array="mask")] = None
    private: float = -1.0

    def __post_init__(self) -> None:
        check_options(self)


def option(name: str) -> Option:
    return next(found for found in options(Settings) if found.name == name)


def test_all_is_read_from_the_annotations() -> None:
    assert [(o.name, o.kind, o.optional) for o in options(Settings)] == [
        ("size", "whole", False),
        ("weight", "number", False),
        ("level", "number", True),
        ("count", "whole", True),
        ("mode", "choice", False),
        ("sharp", "toggle", False),
        ("word", "text", False),
        ("mask", "array", False),
    ]
    assert option("size").required
    assert option("size").default is MISSING
    assert option("weight").default == 2.0
    assert not option("weight").required
    assert option("mode").choices == ("fast", "best")
    assert (option("mode").switch, option("level").switch) == ("--quality", "--level")
    assert option("size").label == "A label"


def test_what_a_form_shows() -> None:
    facts = {o.name: o.facts for o in options(Settings)}
    assert facts["size"] == "pixels, 1 or more"
    assert facts["weight"] == "0.5 to 4"
    assert facts["count"] == "9 at most"
    assert facts["sharp"] == ""
    assert option("size").tip == "What it is for (pixels, 1 or more)."
    assert option("word").tip == "What it is for."
    assert option("size").step == 1
    assert option("weight").step == 0.5
    assert option("level").step == 1
    assert options(RunOptions)[0].step == 8


def test_values_get_the_types_of_the_fields() -> None:
    given: dict[str, Any] = {
        "size": (np.int64(3), 4.0),
        "weight": np.float32(0.5),
        "level": 3,
        "count": np.uint8(7),
        "sharp": np.bool_(False),
    }
    made = Settings(**given)
    assert made == Settings((3, 4), 0.5, 3.0, 7, "fast", False)
    kinds = [type(getattr(made, name)) for name in ("weight", "level", "count")]
    assert kinds == [float, float, int]
    assert type(made.sharp) is bool
    assert made.size == (3, 4)
    assert Settings(5).size == 5


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"size": 0}, "size is 0; it must be a whole number, 1 or more."),
        ({"size": (3, 0)}, "size is 0; it must be a whole number, 1 or more."),
        ({"size": None}, "size is None; it must be a whole number, 1 or more."),
        ({"weight": 0.4}, "weight is 0.4; it must be from 0.5 to 4."),
        ({"weight": 5}, "weight is 5; it must be from 0.5 to 4."),
        ({"weight": "a"}, "weight is 'a'; it must be a number."),
        ({"weight": True}, "weight is True; it must be a number."),
        ({"weight": None}, "weight is None; it must be a number."),
        ({"weight": np.nan}, "weight is nan; it must be finite."),
        ({"level": -1}, "level is -1; it must be 0 or more."),
        ({"level": np.inf}, "level is inf; it must be finite."),
        ({"count": 10}, "count is 10; it must be a whole number, 9 at most."),
        ({"count": 2.5}, "count is 2.5; it must be a whole number, 9 at most."),
        ({"count": np.nan}, "count is nan; it must be a whole number, 9 at most."),
        ({"count": False}, "count is False; it must be a whole number, 9 at most."),
        ({"count": [3, 4]}, "count is [3, 4]; it must be a whole number, 9 at most."),
        ({"mode": "slow"}, "mode is 'slow'; choose one of fast, best."),
        ({"mode": ["fast"]}, "mode is ['fast']; choose one of fast, best."),
        ({"sharp": 1}, "sharp is 1; it must be True or False."),
        ({"word": 3}, "word is 3; it must be text."),
    ],
)
def test_what_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Settings(**{"size": 3} | values)
    assert str(caught.value) == message


def test_the_name_is_that_which_the_user_knows() -> None:
    with pytest.raises(InputError, match="--weight is 9; it must be from"):
        option("weight").check(9, option("weight").switch)


def test_annotations_that_are_no_options() -> None:
    @dataclass
    class Odd:
        part: Annotated[complex, hint()] = 0j

    with pytest.raises(TypeError, match="complex"):
        options(Odd)


FAMILY = [*DEGRADATIONS.values(), *ESTIMATORS.values(), Sampling]


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: kind.name)
def test_defaults_are_within_the_bounds_and_sentences_are_whole(kind: type) -> None:
    for found in options(kind):
        assert not found.required
        assert found.check(found.default) == found.default
        assert found.label[0].isupper()
        assert found.help.endswith(".")
        assert found.help[0].isupper()
        assert "option" not in found.facts


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: kind.name)
def test_bounds_hold_in_python(kind: Any) -> None:
    for found in options(kind):
        for bound, beyond in ((found.least, -1), (found.most, 1)):
            if found.kind in ("number", "whole") and np.isfinite(bound):
                with pytest.raises(InputError, match=f"{found.name} is"):
                    kind(**{found.name: bound + beyond})


def test_options_of_noise() -> None:
    sigma, levels = options(Noise)
    assert (sigma.unit, levels.array) == ("units of the image", "image")
    assert levels.switch == "--noise-map"
