"""A Restore dock that is opened again, in this session or in another one."""

from __future__ import annotations

import json

import pytest

from napari_flowprior._widgets import RestoreDock, RestoreWidget
from napari_flowprior._widgets.fields import _memory
from napari_flowprior._widgets.fields._memory import settings_file

COMPOSED = [{"name": "blur", "gaussian": 1.5}, {"name": "noise", "sigma": 4}]


@pytest.fixture
def open_dock(qtbot, viewer):
    def open_dock():
        dock = RestoreDock(viewer)
        qtbot.addWidget(dock)
        return dock

    return open_dock


def change(dock, prior):
    dock.prior = prior
    dock.store = "large"
    dock.output, dock.keep_source = "log-likelihood", True
    dock.tile, dock.dtype = 64, "float32"
    dock.estimator, dock.estimator_options = "map", {"steps": 7}
    dock.degradation_options = {"sigma": 12.5}
    dock.degradation, dock.degradation_options = "compose", {"parts": COMPOSED}
    dock.estimator = "hqs"
    dock.estimator_options = {"steps": 9}


def check(dock, prior):
    assert dock.prior == str(prior)
    assert (dock.output, dock.keep_source) == ("log-likelihood", True)
    assert (dock.tile, dock.dtype, dock.estimator) == (64, "float32", "hqs")
    assert dock.estimator_options["steps"] == 9
    assert dock.form.estimators.rows["map"].value["steps"] == 7
    first, second = dock.degradation_options["parts"]
    assert (first["name"], first["gaussian"]) == ("blur", 1.5)
    assert second["name"] == "noise"
    return second["sigma"], dock.form.degradations.rows["noise"].value["sigma"]


def test_settings_are_there_again(viewer, image, open_dock, tiny_priors):
    viewer.add_image(image)
    dock = open_dock()
    change(dock, tiny_priors[1])
    dock.close()
    again = open_dock()
    assert check(again, tiny_priors[1]) == (4, 12.5)
    assert again.store == "large"


def test_what_is_in_units_of_an_image_ends_with_the_session(
    viewer, image, open_dock, tiny_priors, monkeypatch
):
    viewer.add_image(image)
    dock = open_dock()
    change(dock, tiny_priors[1])
    dock.close()
    monkeypatch.setattr(_memory, "_session", {})
    again = open_dock()
    assert check(again, tiny_priors[1]) == (None, None)
    assert again.store == ""


def test_a_prior_that_is_gone_is_forgotten(viewer, image, open_dock, tmp_path):
    viewer.add_image(image)
    dock = open_dock()
    dock.prior = tmp_path / "gone.safetensors"
    dock.close()
    assert open_dock().prior == "auto"


def test_scripts_start_from_the_defaults(qtbot, viewer, image, open_dock, tiny_priors):
    viewer.add_image(image)
    dock = open_dock()
    change(dock, tiny_priors[1])
    dock.close()
    kept = settings_file().read_text()
    widget = RestoreWidget(viewer)
    qtbot.addWidget(widget)
    assert (widget.prior, widget.degradation, widget.tile) == ("auto", "auto", None)
    widget.tile = 128
    widget.close()
    assert settings_file().read_text() == kept


NONSENSE = [
    {"fields": 7, "degradations": [1], "estimators": "map", "samples": None},
    {"fields": {"tile": "big", "estimator": "magic", "keep_source": "yes"}},
    {"degradations": {"compose": {"parts": [{"name": "rain"}]}, "noise": 3}},
    {"degradations": {"compose": {"parts": [{}] * 9}}, "prior": 7},
    {"estimators": {"map": {"steps": -3}}, "samples": {"seed": {}}, "prior": "gone"},
]


@pytest.mark.parametrize("kept", NONSENSE)
def test_a_file_that_makes_no_sense(viewer, image, open_dock, kept):
    viewer.add_image(image)
    new = RestoreWidget(viewer)
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(json.dumps({"version": 1, "restore": kept}))
    dock = open_dock()
    for name, field in new.form.fields.items():
        assert dock.form.fields[name].value == field.value
    assert dock.degradation_options == new.degradation_options
    new.close()
    new.deleteLater()
