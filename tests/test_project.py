"""The project as a whole: style, types, layers, packaging, what imports what."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from importlib.resources import files
from pathlib import Path

import pytest
from numpydoc.validate import validate
from public_names import exported, public_methods

import napari_flowprior
from napari_flowprior._resources import resource, shipped_priors

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "napari_flowprior"
MANIFEST = SOURCE / "napari.yaml"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GUI = {"PyQt6", "PySide6", "magicgui", "napari", "pyqtgraph", "qtpy", "superqt"}
needs_manifest = pytest.mark.skipif(
    not MANIFEST.exists(), reason="there is no napari manifest"
)


def run(*command: str) -> str:
    """Run a command in the root of the project; fail with what it printed."""
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def python(code: str) -> str:
    return run(sys.executable, "-c", code)


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    names = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    paths = (ROOT / name for name in names.split("\0") if name)
    return [path for path in paths if path.is_file()]


# --- style, types and layers


@pytest.mark.parametrize(
    "arguments",
    [["check", "--output-format=concise"], ["format", "--check"]],
    ids=["check", "format"],
)
def test_ruff(arguments):
    run(sys.executable, "-m", "ruff", *arguments, ".")


CALLER = """
from napari_flowprior import RestoreOptions, iter_restore, posterior, restore

out = restore(0, tile=32, prior="photo-gray")
for event in iter_restore(0):
    print(event.fraction)
image = iter_restore(0, RestoreOptions(overlap=8)).result.image
"""
MISTAKES = {
    "restore(0, sigma=25)": 'Unexpected keyword argument "sigma"',
    'posterior(0, samples="8")': 'Argument "samples"',
    'RestoreOptions(overlap="wide")': 'Argument "overlap"',
    "iter_restore(0).result.picture": 'has no attribute "picture"',
}


@pytest.mark.slow
def test_types(tmp_path):
    """Of the package and of a caller, whose mistakes alone are found."""
    assert PYPROJECT["tool"]["mypy"]["files"] == ["src"]
    caller = tmp_path / "caller.py"
    caller.write_text("\n".join([CALLER, *MISTAKES]))
    with pytest.raises(AssertionError) as caught:
        run(sys.executable, "-m", "mypy", "src", str(caller))
    errors = [line for line in str(caught.value).splitlines() if ": error: " in line]
    assert [error for error in errors if "caller.py:" not in error] == []
    first = CALLER.count("\n") + 2
    found = [f"caller.py:{first + n}: error: " in e for n, e in enumerate(errors)]
    assert found == [True] * len(MISTAKES), errors
    for said, error in zip(MISTAKES.values(), errors, strict=True):
        assert said in error


def test_layers():
    python("from importlinter.cli import lint_imports_command as main; main()")


# --- docstrings of the public names

# See numpydoc's table of validation checks.
DOCSTRING_CHECKS = {
    "GL06",  # unknown section
    "GL07",  # sections in the wrong order
    "GL08",  # no docstring
    "PR01",  # parameters that are not documented
    "PR02",  # documented parameters that do not exist
    "PR03",  # parameters in the wrong order
    "PR04",  # parameter without a type
    "PR06",  # misspelt type
    "PR07",  # parameter without a description
    "RT03",  # return value without a description
    "SS03",  # summary without a full stop
    "YD01",  # generator without a Yields section
}


def docstring_errors(path: str) -> list[str]:
    report = validate(path)
    codes = DOCSTRING_CHECKS - unneeded(report["docstring"], report["errors"])
    return [f"{path}: {text}" for code, text in report["errors"] if code in codes]


def unneeded(text: str, errors: list[tuple[str, str]]) -> set[str]:
    """Allow fields to be listed as attributes, and classes without a constructor."""
    generic = any(code == "PR01" and "'*args'" in about for code, about in errors)
    return {"PR01"} if generic or "\nAttributes\n" in text else set()


def test_docstrings_of_functions_and_classes():
    errors = [error for path in exported() for error in docstring_errors(path)]
    assert not errors, "\n".join(errors)


def test_docstrings_of_methods():
    paths = [
        f"{path}.{name}"
        for path, value in exported().items()
        if inspect.isclass(value)
        for name in public_methods(value)
    ]
    errors = [
        error
        for path in paths
        for error in docstring_errors(path)
        # One line is enough where it says everything.
        if "\n---" in validate(path)["docstring"] or "not have a docstring" in error
    ]
    assert not errors, "\n".join(errors)


# --- the napari manifest


@needs_manifest
def test_manifest_is_valid():
    pytest.importorskip("npe2")
    run(sys.executable, "-m", "npe2", "validate", "--imports", "napari-flowprior")


@needs_manifest
def test_manifest_belongs_to_the_distribution():
    npe2 = pytest.importorskip("npe2")
    manifest = npe2.PluginManifest.from_distribution("napari-flowprior")
    assert manifest.name == "napari-flowprior"
    assert manifest.package_version == version("napari-flowprior")


@needs_manifest
def test_menus_take_contributions():
    menus = pytest.importorskip("napari._app_model.constants._menus")
    npe2 = pytest.importorskip("npe2")
    contributions = npe2.PluginManifest.from_file(MANIFEST).contributions
    used = list(contributions.menus or {})
    assert used, "the manifest adds nothing to napari's menus"
    # napari drops an unknown menu without a word.
    assert [menu for menu in used if not menus.is_menu_contributable(menu)] == []


@needs_manifest
def test_manifest_icon_is_shipped():
    npe2 = pytest.importorskip("npe2")
    icon = npe2.PluginManifest.from_file(MANIFEST).icon
    if icon is None:
        return
    package, _, name = str(getattr(icon, "light", icon)).partition(":")
    assert (files(package) / name).is_file()


# --- what imports what


def test_import_is_light():
    heavy = python(
        "import sys, napari_flowprior\n"
        "heavy = {'torch', 'numpy', 'napari', 'qtpy', 'PyQt6', 'PySide6', 'magicgui'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    assert heavy.strip() == ""


@pytest.mark.parametrize("package", ["data", "tiling"])
def test_geometry_and_reading_work_without_torch(package):
    loaded = python(
        f"import sys, napari_flowprior.{package}\nprint('torch' in sys.modules)"
    )
    assert loaded.strip() == "False"


def test_public_names():
    for name in napari_flowprior.__all__:
        assert getattr(napari_flowprior, name) is not None
        assert name in dir(napari_flowprior)
    assert napari_flowprior.__version__ == version("napari-flowprior")
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        napari_flowprior.nonsense  # noqa: B018


# --- packaging


def test_packages_are_the_folders():
    folders = {
        ".".join(path.parent.relative_to(ROOT / "src").parts)
        for path in SOURCE.rglob("__init__.py")
    }
    listed = set(PYPROJECT["tool"]["setuptools"]["packages"])
    assert listed == folders | {"napari_flowprior.resources"}


def test_command_is_installed():
    (command,) = entry_points(group="console_scripts", name="napari-flowprior")
    assert command.value == "napari_flowprior.cli:main"


def test_base_dependencies_have_nothing_of_the_widgets():
    names = [
        re.split(r"[^\w.-]", line)[0].lower()
        for line in PYPROJECT["project"]["dependencies"]
    ]
    assert {name.lower() for name in (*GUI, "psygnal")}.isdisjoint(names)


@pytest.mark.parametrize("name", ["icon.svg", "icon.png"])
def test_icon_is_installed(name):
    assert files("napari_flowprior.resources").joinpath(name).is_file()


def test_every_resource_is_installed():
    # Pictures of the README are for readers of the repository.
    installed = Path(str(resource("")))
    shipped = [
        path.relative_to(ROOT / "resources")
        for path in tracked_files()
        if (ROOT / "resources") in path.parents and path.parent.name != "readme"
    ]
    assert shipped
    assert [name for name in shipped if not (installed / name).is_file()] == []


def test_priors_are_found_by_name():
    for name, path in shipped_priors().items():
        assert path.is_file()
        assert path.name == f"{name}.safetensors"


def test_types_are_exported():
    assert files("napari_flowprior").joinpath("py.typed").is_file()


# --- texts


def test_no_file_mentions_a_machine():
    folders = re.compile(rb"(?<![\w.}\])-])/(?:work|opt|tmp|root|home)(?:/|\b(?!-))")
    mentions = [
        f"{path.relative_to(ROOT)}: {line.decode(errors='replace').strip()}"
        for path in tracked_files()
        if b"\0" not in (content := path.read_bytes())
        for line in content.splitlines()
        if folders.search(line)
    ]
    assert not mentions, "\n".join(mentions)


def test_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    command = script.strip().splitlines()[-1]
    assert command.endswith("tox run -e tests")
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
