"""The files about the project: how to cite it, report to it, test and release it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
ADVISORIES = f"{PROJECT['urls']['Homepage']}/security/advisories/new"
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]*.yml"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
YAML = [
    *FORMS,
    *WORKFLOWS,
    ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml",
    ROOT / ".pre-commit-config.yaml",
    ROOT / "CITATION.cff",
    ROOT / "src" / "napari_flowprior" / "napari.yaml",
]


class UniqueKeys(yaml.SafeLoader):
    """Refuses what YAML takes without a word: a key that is there twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not twice, f"{node.start_mark}: {twice} twice"
        return super().construct_mapping(node, deep)


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), UniqueKeys)


def paths(names: list[Path]) -> Any:
    assert names
    ids = [str(path.relative_to(ROOT)) for path in names]
    return pytest.mark.parametrize("path", names, ids=ids)


@paths(YAML)
def test_yaml_is_valid(path):
    assert isinstance(load(path), dict)


def test_citation_is_that_of_the_project():
    citation = load(ROOT / "CITATION.cff")
    assert citation["title"] == PROJECT["name"]
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert citation["authors"] == PROJECT["authors"]
    assert citation["keywords"] == PROJECT["keywords"]
    assert citation["repository-code"] == PROJECT["urls"]["Source Code"]


def test_weaknesses_are_reported_in_private():
    assert f"({ADVISORIES})" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    links = load(ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml")["contact_links"]
    assert [link["url"] for link in links] == [ADVISORIES]


@paths(FORMS)
def test_issue_forms_can_be_shown(path):
    # A form that the site cannot read is not offered, without a word.
    form = load(path)
    assert {"name", "description", "body"} <= set(form)
    ids = [question["id"] for question in form["body"]]
    assert len(ids) == len(set(ids))
    assert all(question["attributes"]["label"] for question in form["body"])


def test_every_python_is_tested():
    prefix = "Programming Language :: Python :: 3."
    said = [
        f"3.{line.removeprefix(prefix)}"
        for line in PROJECT["classifiers"]
        if line.startswith(prefix)
    ]
    tests = load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]["tests"]
    assert said
    assert tests["strategy"]["matrix"]["python"] == said


@paths(WORKFLOWS)
def test_actions_have_a_major_version(path):
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    foreign = [name for name in used if not name.startswith("./")]
    assert foreign
    version = re.compile(r"[\w.-]+/[\w.-]+@(?:release/)?v\d+")
    assert [name for name in foreign if not version.fullmatch(name)] == []
