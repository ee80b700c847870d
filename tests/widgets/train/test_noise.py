"""The row of the noise level is there where it can be told."""

from __future__ import annotations

import pytest

from napari_flowprior._errors import InputError


def shown(widget):
    field = widget.form.fields["sigma"]
    return field.exists and field.native.isVisibleTo(widget.form)


@pytest.mark.parametrize(
    ("start", "images", "matters"),
    [
        ("scratch:small", "noisy", True),
        ("scratch:small", "clean", False),
        ("scratch:sprites", "noisy", False),
        # An adaptation finds the noise by itself.
        ("auto", "noisy", False),
    ],
)
def test_where_it_matters(widget, start, images, matters):
    widget.start, widget.images = start, images
    assert shown(widget) == matters
    widget.sigma = 12
    assert shown(widget) == matters
    if start == "scratch:small":
        assert widget.form.job().sigma == (12 if matters else None)


def test_it_is_not_made_before(widget):
    assert not widget.form.fields["sigma"].exists
    widget.images, widget.start = "noisy", "scratch:small"
    assert widget.form.fields["sigma"].exists


def test_it_stands_below_what_the_images_are(widget):
    widget.images, widget.start = "noisy", "scratch:small"
    names = [field.name for field in widget.form.rows]
    assert names.index("sigma") == names.index("images") + 1
    assert widget.form.job().sigma is None


def test_what_is_no_level(widget):
    with pytest.raises(InputError):
        widget.sigma = -1


def test_it_is_locked_while_a_training_is_stopped(widget):
    widget.images, widget.start = "noisy", "scratch:small"
    widget.form.lock(all_but=("minutes",))
    assert not widget.form.fields["sigma"].native.isEnabled()
