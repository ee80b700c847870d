"""A new degradation is one class and one line of the registry."""

from __future__ import annotations

import numpy as np
import pytest
from stripes import Stripes

from napari_flowprior.restoration.degradations import _registry


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(_registry._KINDS, Stripes.name, Stripes)


def test_the_widget_restores_it(viewer, make_widget, run, image):
    layer = viewer.add_image(np.rint(255 * image))
    widget = make_widget(viewer)
    widget.degradation = "stripes"
    assert widget.form.degradations.choice.current_choice == "Noisy lines"
    assert widget.form.task.buttons["Denoise"].isChecked()
    assert widget.degradation_options == {
        "sigma": None,
        "period": 2,
        "along": "rows",
        "last": False,
    }
    widget.degradation_options = {"sigma": 20.0, "period": 3}
    result = run(widget)
    assert result is not None, widget.status
    changed = (np.abs(result.data - layer.data) > 1e-3).any(1)
    assert changed[::3].all()
    assert not changed[1::3].any()
    said = result.metadata["flowprior"]["degradation"]
    assert said == {"name": "stripes", "period": 3}


def test_one_of_several(viewer, make_widget, run, image):
    viewer.add_image(np.rint(255 * image))
    widget = make_widget(viewer)
    widget.degradation = "compose"
    widget.degradation_options = {
        "parts": [{"name": "noise", "sigma": 5}, {"name": "stripes", "sigma": 9}]
    }
    assert "mmse" in widget.form.degradations.fitting_estimators()
    assert "hqs" not in widget.form.degradations.fitting_estimators()
    result = run(widget)
    assert result is not None, widget.status
