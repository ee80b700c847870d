"""Several degradations, one after the other, from the widget."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_flowprior import restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    DEGRADATIONS,
    Blur,
    Compose,
    Noise,
    fitting_estimators,
)

BLURRED = [{"name": "blur", "gaussian": 1.2}, {"name": "noise", "sigma": 0.05}]


@pytest.fixture
def several(viewer, make_widget):
    """Make widgets set to several degradations."""

    def make(parts, **options):
        widget = make_widget(viewer, **options)
        widget.degradation = "compose"
        widget.degradation_options = {"parts": parts}
        return widget

    return make


@pytest.fixture
def steps(viewer, several):
    widget = several([])
    yield widget.form.degradations.rows["compose"]
    widget.close()


def shown(steps):
    return [not choice.native.isHidden() for choice in steps.choices]


def seen(widget, rows):
    editors = rows.editors.values()
    return [editor.native.isVisibleTo(widget.form) for editor in editors]


def enabled(widget):
    field = widget.form.fields["estimator"]
    model = field.native.model()
    return [name for name in field.choices if model.item(field.place(name)).isEnabled()]


# --- the form


def test_the_next_appears_when_one_is_chosen(steps):
    assert shown(steps) == [True, False, False, False]
    steps.choices[0].value = "blur"
    assert shown(steps) == [True, True, False, False]
    steps.choices[1].value = "noise"
    steps.choices[2].value = "jpeg"
    assert shown(steps) == [True] * 4
    steps.choices[1].value = None
    assert shown(steps) == [True, True, False, False]
    assert [name for name, _ in steps.chosen()] == ["blur"]


def test_each_has_the_options_of_its_degradation(several):
    widget = several([{"name": "blur"}, {"name": "noise"}])
    steps = widget.form.degradations.rows["compose"]
    for number, (name, rows) in enumerate(steps.chosen()):
        single = widget.form.degradations.rows[name]
        assert rows.editors.keys() == single.editors.keys()
        assert all(seen(widget, rows))
        others = set(steps._rows[number]) - {name}
        for other in others:
            assert not any(seen(widget, steps._rows[number][other]))
    widget.degradation = "noise"
    assert shown(steps) == [False] * 4
    assert not any(seen(widget, steps._rows[0]["blur"]))


def test_what_cannot_be_one_of_several_is_not_offered(steps):
    names = set(steps.choices[0].choices)
    alone = {"auto", "blind", "correlated-noise", "signal-dependent"}
    assert names == {None, *DEGRADATIONS} - alone


def test_parts_are_set_and_read(several):
    widget = several(BLURRED)
    (blur, noise) = widget.degradation_options["parts"]
    assert (blur["name"], blur["gaussian"], blur["sigma"]) == ("blur", 1.2, None)
    assert (noise["name"], noise["sigma"]) == ("noise", 0.05)
    widget.degradation_options = widget.degradation_options
    assert widget.degradation_options["parts"] == [blur, noise]
    widget.degradation_options = {"parts": [{"name": "blur"}]}
    (blur,) = widget.degradation_options["parts"]
    assert blur["gaussian"] is None


WRONG = [
    ({"sigma": 1}, "name them as in"),
    ({"parts": "blur"}, "name them as in"),
    ({"parts": ["blur"]}, "'blur' is no part"),
    ({"parts": [{"name": "blind"}]}, "is no part"),
    ({"parts": [{"name": "noise"}] * 5}, "4 at most"),
    ({"parts": [{"name": "noise", "gaussian": 1}]}, "no option gaussian"),
]


@pytest.mark.parametrize(("values", "says"), WRONG)
def test_wrong_parts_from_a_script(several, values, says):
    widget = several(BLURRED)
    with pytest.raises(InputError, match=says):
        widget.degradation_options = values


FITTING = [
    [],
    ["blur"],
    ["jpeg"],
    ["blur", "noise"],
    ["noise", "jpeg"],
    ["noise", "inpaint"],
]


@pytest.mark.parametrize("names", FITTING)
def test_estimators_follow_the_parts(several, names):
    given = {"blur": {"gaussian": 1}, "noise": {"sigma": 1}}
    widget = several([{"name": name} for name in names])
    kinds = [DEGRADATIONS[name](**given.get(name, {})) for name in names]
    wanted = fitting_estimators(Compose(*kinds)) if names else enabled(widget)[1:]
    assert enabled(widget) == ["auto", *wanted]


def test_an_estimator_that_no_longer_fits_is_left(several):
    widget = several([{"name": "noise"}])
    widget.estimator = "mmse"
    widget.degradation_options = {"parts": BLURRED}
    assert widget.estimator == "auto"


# --- runs


def test_it_is_what_compose_does(viewer, several, run, image, tiny_priors):
    viewer.add_image(image)
    layer = run(several(BLURRED))
    expected = restore(
        image,
        degradation=Compose(Blur(gaussian=1.2), Noise(sigma=0.05)),
        prior=tiny_priors[1],
    )
    np.testing.assert_allclose(layer.data, expected, atol=1e-5)
    said = layer.metadata["flowprior"]
    assert json.loads(json.dumps(said)) == said
    assert [part["name"] for part in said["degradation"]["parts"]] == ["blur", "noise"]


def test_one_of_several_is_itself(viewer, several, run, image):
    viewer.add_image(image)
    layer = run(several(BLURRED[1:]))
    assert layer.metadata["flowprior"]["degradation"]["name"] == "noise"


def test_layers_are_options_too(viewer, several, run, image):
    source = viewer.add_image(image)
    holes = np.zeros(image.shape, int)
    holes[5:8, 5:9] = 1
    mask = viewer.add_labels(holes)
    widget = several([{"name": "noise", "sigma": 0}, {"name": "inpaint", "mask": mask}])
    widget.layer = source
    layer = run(widget)
    np.testing.assert_array_equal(layer.data[holes == 0], image[holes == 0])


def test_finer_pixels_lie_where_they_were(viewer, several, run):
    spot = np.zeros((16, 18), np.float32)
    spot[8, 11] = 1
    source = viewer.add_image(spot, scale=(2, 3), translate=(5, 7))
    half = {"name": "downsample", "factor": 2}
    widget = several([half, half, {"name": "noise", "sigma": 0.01}])
    layer = run(widget)
    assert layer.data.shape == (64, 72)
    np.testing.assert_allclose(layer.scale, (0.5, 0.75))
    # Of the first pixels, whose centres lie apart.
    corners = [each.extent.world[0] - each.scale / 2 for each in (source, layer)]
    np.testing.assert_allclose(*corners)


ORDERS = {
    "nothing": ([], "Choose what happened to the image first."),
    "holes first": (
        [{"name": "inpaint"}, {"name": "noise"}],
        "Inpainting is followed by another degradation",
    ),
    "twice JPEG": ([{"name": "jpeg"}, {"name": "jpeg"}], "is compressed"),
}


@pytest.mark.parametrize("case", ORDERS)
def test_an_order_that_makes_no_sense_is_a_sentence(viewer, several, run, image, case):
    parts, says = ORDERS[case]
    viewer.add_image(image)
    widget = several(parts)
    assert run(widget) is None
    assert says in widget.status
    assert widget._bar.button.text() == "Run"


@pytest.mark.parametrize("number", [0, 1])
def test_a_level_is_estimated_where_it_was_asked_for(
    qtbot, viewer, several, image, number
):
    viewer.add_image(image)
    widget = several([{"name": "blur", "gaussian": 1}, {"name": "noise"}])
    rows = [rows for _, rows in widget.form.degradations.chosen()]
    rows[number].editors["sigma"].button.native.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=20_000)
    levels = [part["sigma"] for part in widget.degradation_options["parts"]]
    assert levels[number] == pytest.approx(0.05, rel=0.3)
    assert levels[1 - number] is None
