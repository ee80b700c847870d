"""The Train widget: how it opens, looks, and offers the prior."""

from __future__ import annotations

from trainings import PATIENCE, enabled

from napari_flowprior._widgets import RestoreWidget, TrainWidget
from napari_flowprior._widgets.jobs import _late_form, _loading


def test_form_appears_when_torch_is_loaded(viewer, qtbot, monkeypatch):
    monkeypatch.setattr(_late_form, "is_loaded", lambda: False)
    widget = TrainWidget(viewer)
    qtbot.addWidget(widget)
    assert widget._form is None
    assert not widget._bar.isEnabled()
    qtbot.waitUntil(lambda: widget._form is not None, timeout=PATIENCE)
    assert enabled(widget) == {"train"}


def test_failed_import_of_torch(viewer, qtbot, monkeypatch):
    def fail(name):
        raise ImportError("No module named 'torch'")

    monkeypatch.setattr(_late_form, "is_loaded", lambda: False)
    monkeypatch.setattr(_loading, "import_module", fail)
    widget = TrainWidget(viewer)
    qtbot.addWidget(widget)
    qtbot.waitUntil(lambda: "No module named 'torch'" in widget._bar.status.text())
    assert not widget._bar.isEnabled()


def test_restore_widget_offers_the_prior(qtbot, viewer, widget, run):
    restore = RestoreWidget(viewer)
    qtbot.addWidget(restore)
    prior = run(widget)
    restore.prior = prior
    choice = restore.form.fields["prior"].choice
    assert choice.current_choice == "my-prior"
    box = choice.native
    assert box.count() == len({box.itemText(i) for i in range(box.count())})


def test_labels_fit_a_narrow_dock(qtbot, viewer, widget):
    widget.form._section.button.click()
    assert widget.minimumSizeHint().width() <= 300
    widget.resize(300, 900)
    widget.show()
    qtbot.waitExposed(widget)
    for rows in (widget.form.rows, widget.form.advanced):
        for field in rows:
            label = rows.label_of(field)
            if label.isVisible():
                assert label.width() >= label.sizeHint().width(), field.name
    for button in widget._bar.buttons.values():
        wanted = button.fontMetrics().horizontalAdvance(button.text())
        assert button.width() >= wanted + 6
