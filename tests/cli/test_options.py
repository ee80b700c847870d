"""Options made from dataclasses that the command line has never seen."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
import pytest

from napari_flowprior._errors import InputError, UsageError
from napari_flowprior._options import Hint
from napari_flowprior.cli._fields import add_fields
from napari_flowprior.cli._options import (
    build,
    build_all,
    given_options,
    given_paths,
)

if TYPE_CHECKING:
    from pathlib import Path


def hint(**more: Any) -> Hint:
    return Hint(label="Label", help="Help, 100 %.", **more)


@dataclass(frozen=True)
class Blur:
    width: Annotated[float, Hint(label="Width", help="Width.", least=0.5)]
    mode: Annotated[Literal["edge", "wrap"], hint()] = "edge"
    kernel: Annotated[Any, Hint(label="File", help="File.", array="psf")] = None
    cache: Any = None
    name: ClassVar[str] = "blur"


@dataclass(frozen=True)
class Shrink:
    factor: Annotated[int, hint(least=2, most=8, unit="pixels")] = 2
    width: Annotated[int, hint()] = 3
    mode: Annotated[Literal["even", "odd"], hint()] = "even"
    anti_alias: Annotated[bool, hint(flag="smooth")] = True
    level: Annotated[float | None, hint()] = None
    label: Annotated[str, hint()] = "a"
    name: ClassVar[str] = "shrink"

    def __post_init__(self) -> None:
        if self.factor == 3:
            raise InputError("factor is 3; it must be even.")


@dataclass(frozen=True)
class Grain:
    width: Annotated[float, hint()] = 1.0
    name: ClassVar[str] = "grain"


KINDS = {"blur": Blur, "shrink": Shrink}
MORE = {**KINDS, "grain": Grain}


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_fields(parser, "options", KINDS)
    return parser.parse_args(arguments)


def made(kind: type, *arguments: str) -> Any:
    return build(kind, parsed(*arguments), KINDS.values())


def all_made(*kinds: type, arguments: tuple[str, ...]) -> list[Any]:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_fields(parser, "options", MORE)
    options = parser.parse_args(arguments)
    return build_all(kinds, options, MORE.values(), preferred=Grain)


def test_what_is_not_given_keeps_its_default() -> None:
    assert given_options(parsed(), KINDS.values()) == []
    assert made(Shrink) == Shrink()


def test_types_come_from_annotations() -> None:
    shrink = made(
        Shrink,
        *("--factor", "4", "--width", "5", "--mode", "odd", "--no-smooth"),
        *("--level", "0.5", "--label", "b"),
    )
    assert shrink == Shrink(4, 5, "odd", False, 0.5, "b")
    assert isinstance(shrink.width, int)
    assert made(Blur, "--width", "1.5") == Blur(1.5)


@pytest.mark.parametrize("scale", [40, 0.125])
def test_arrays_are_files(tmp_path: Path, scale: float) -> None:
    path, spike = tmp_path / "spike.npy", np.pad([[1, 2, 1]], 1)
    np.save(path, spike * scale)
    arguments = ["--width", "1", "--kernel", str(path)]
    np.testing.assert_allclose(
        made(Blur, *arguments).kernel.sum(), 1 if scale > 1 else 0.5
    )
    assert given_paths(parsed(*arguments), KINDS.values()) == [path]
    assert given_paths(parsed(), KINDS.values()) == []
    path.unlink()
    with pytest.raises(InputError, match="does not exist"):
        made(Blur, *arguments)


def test_help_names_owners_and_defaults() -> None:
    parser = argparse.ArgumentParser()
    add_fields(parser, "options", KINDS)
    text = " ".join(parser.format_help().split())
    assert "blur: Width (0.5 or more). shrink: Help, 100 % (default 3)." in text
    assert "shrink: Help, 100 % (pixels, 2 to 8, default 2)." in text
    assert "{edge,wrap,even,odd}" in text
    assert "--kernel FILE blur: File." in text
    assert "--cache" not in text


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (
            Blur,
            ["--width", "1", "--factor", "4"],
            "blur has no option --factor (of shrink)",
        ),
        (Blur, [], "blur needs --width"),
        (Blur, ["--width", "0.4"], "--width is 0.4; it must be 0.5 or more"),
        (Blur, ["--width", "nan"], "--width is nan"),
        (Blur, ["--width", "1", "--mode", "odd"], "choose one of edge, wrap"),
        (
            Shrink,
            ["--factor", "9"],
            "--factor is 9; it must be a whole number from 2 to 8",
        ),
        (Shrink, ["--factor", "3"], "it must be even"),
    ],
)
def test_options_that_do_not_fit(kind: type, arguments: list[str], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(kind, *arguments)
    assert words in str(caught.value)


def test_each_gets_what_it_has() -> None:
    arguments = ("--width", "4", "--factor", "8", "--no-smooth")
    shrink, grain = all_made(Shrink, Grain, arguments=arguments)
    assert shrink == Shrink(8, anti_alias=False)
    assert grain == Grain(4)
    assert all_made(Grain, Shrink, arguments=arguments) == [grain, shrink]
    assert all_made(Shrink, arguments=arguments) == [Shrink(8, 4, anti_alias=False)]


@pytest.mark.parametrize(
    ("kinds", "arguments", "words"),
    [
        (
            (Blur, Shrink),
            ("--width", "4"),
            "--width could be of blur, shrink; say --blur-width for that of blur.",
        ),
        (
            (Grain, Blur),
            ("--factor", "4", "--level", "1"),
            "grain, blur have no option --factor (of shrink), --level (of shrink); ",
        ),
        ((Blur, Grain), ("--width", "1"), "blur needs --width"),
        (
            (Grain, Shrink),
            ("--factor", "1"),
            "--factor is 1; it must be a whole",
        ),
        ((Grain, Shrink), ("--factor", "3"), "it must be even"),
    ],
)
def test_options_that_do_not_fit_several(
    kinds: tuple[type, ...], arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        all_made(*kinds, arguments=arguments)
    assert words in str(caught.value)


@pytest.mark.parametrize("arguments", [["--factor", "a"], ["--mode", "up"]])
def test_text_that_is_no_value(arguments: list[str]) -> None:
    with pytest.raises(argparse.ArgumentError):
        parsed(*arguments)


def test_fields_may_not_hide_other_options() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--factor")
    with pytest.raises(argparse.ArgumentError, match="--factor"):
        add_fields(parser, "options", KINDS)
