"""Settings of patches that make sense, and others."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from napari_flowprior._errors import InputError
from napari_flowprior.training import PatchConfig


def test_plain_data_and_back() -> None:
    config = PatchConfig(size=28, augment="flip", colour="grey", keep_smooth=1, cache=0)
    assert PatchConfig.from_dict(asdict(config)) == config
    assert PatchConfig.from_dict({}) == PatchConfig()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", 1),
        ("size", 5000),
        ("size", 64.0),
        ("size", True),
        ("augment", "some"),
        ("colour", None),
        ("smooth", -0.1),
        ("smooth", "a"),
        ("keep_smooth", 1.1),
        ("keep_smooth", float("nan")),
        ("held_out", 0.0),
        ("held_out", 0.6),
        ("held_out", True),
        ("cache", -1),
        ("cache", 1e9),
    ],
)
def test_values_that_make_no_sense_are_named(name: str, value: object) -> None:
    with pytest.raises(InputError, match=f"{name} is {value!r}; "):
        PatchConfig.from_dict({name: value})


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InputError, match=r"\[patches\] has no setting side"):
        PatchConfig.from_dict({"side": 64})
