"""Many files in turn, and the report of what became of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from doubles import GaussianPrior

from napari_flowprior._errors import InputError
from napari_flowprior.batch import (
    BatchEvent,
    BatchOptions,
    Job,
    Outcome,
    iter_restore_files,
    plan_jobs,
    plan_maps,
    read_report,
    restored,
    write_report,
)
from napari_flowprior.restoration import Noise, RestoreOptions, Sampling

SETTINGS = RestoreOptions(prior=GaussianPrior(), degradation=Noise(sigma=0.1))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three images, the second of which is none."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    rng = np.random.default_rng(0)
    for name in ("a.tif", "c.tif"):
        image = rng.normal(0.4, 0.2, (32, 40)).astype(np.float32)
        tifffile.imwrite(f"in/{name}", image)
    Path("in/b.tif").write_bytes(b"no image")
    return tmp_path


def run(jobs: list[Job], **options: Any) -> list[Outcome]:
    return iter_restore_files(jobs, SETTINGS, BatchOptions(**options)).result


def states(outcomes: list[Outcome]) -> list[str]:
    return [outcome.state for outcome in outcomes]


def test_one_bad_file_does_not_stop_the_rest(folder: Path) -> None:
    outcomes = run(plan_jobs(["in"], "out"))
    assert states(outcomes) == ["restored", "failed", "restored"]
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.tif", "c.tif"]
    assert "b.tif" in outcomes[1].problem
    assert (outcomes[0].degradation, outcomes[0].estimator) == ("noise", "mmse")
    assert float(outcomes[0].noise_level) == pytest.approx(0.1)


def test_events(folder: Path) -> None:
    jobs = plan_jobs(["in"], "out")
    events = list(iter_restore_files(jobs, SETTINGS))
    assert [event.number for event in events if event.outcome] == [0, 1, 2]
    assert all(isinstance(event, BatchEvent) for event in events)
    assert {event.total for event in events} == {3}
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions)
    assert (events[-1].done, fractions[-1]) == (3, 1.0)
    assert events[0].message == "a.tif, 1 of 3"
    (failed,) = [event for event in events if event.error is not None]
    assert failed.job.source == Path("in/b.tif")


def test_the_report_grows_with_each_file(folder: Path) -> None:
    report = Path("report.csv")
    jobs = plan_jobs(["in"], "out")
    with iter_restore_files(jobs, SETTINGS, BatchOptions(report=report)) as steps:
        for event in steps:
            if event.outcome is not None:
                break
    assert states(read_report(report)) == ["restored"]
    assert [path.name for path in Path("out").iterdir()] == ["a.tif"]


def test_cancel_and_resume(folder: Path) -> None:
    report = Path("report.csv")
    run(plan_jobs(["in"], "out")[:1], report=report)
    before = Path("out/a.tif").stat().st_mtime_ns
    jobs = plan_jobs(["in"], "out", done=restored(read_report(report)))
    assert [job.source.name for job in jobs] == ["b.tif", "c.tif"]
    run(jobs, report=report)
    assert states(read_report(report)) == ["restored", "failed", "restored"]
    assert Path("out/a.tif").stat().st_mtime_ns == before


def test_what_failed_is_tried_again(folder: Path) -> None:
    report = Path("report.csv")
    run(plan_jobs(["in"], "out"), report=report)
    tifffile.imwrite("in/b.tif", np.full((32, 32), 0.4, np.float32))
    jobs = plan_jobs(["in"], "out", done=restored(read_report(report)))
    assert [job.source.name for job in jobs] == ["b.tif"]
    run(jobs, report=report)
    rows = read_report(report)
    assert sorted(states(rows)) == ["restored"] * 3


def test_a_result_that_is_gone_is_made_again(folder: Path) -> None:
    report = Path("report.csv")
    run(plan_jobs(["in/a.tif"], "out/"), report=report)
    Path("out/a.tif").unlink()
    assert restored(read_report(report)) == set()


def test_maps_of_uncertainty(folder: Path) -> None:
    settings = RestoreOptions(
        prior=GaussianPrior(),
        degradation=Noise(sigma=0.1),
        estimator=Sampling(samples=2, steps=2),
    )
    jobs = plan_maps(plan_jobs(["in/a.tif", "in/c.tif"], "out"), "out/std/")
    outcomes = iter_restore_files(jobs, settings).result
    assert states(outcomes) == ["restored"] * 2
    spread = tifffile.imread("out/std/a.tif")
    assert spread.shape == (32, 40)
    assert (spread > 0).all()
    assert outcomes[0].map == str(Path("out/std/a.tif"))


@pytest.mark.parametrize(
    ("job", "told", "words"),
    [
        ({"interval": (Path("l.tif"), Path("u.tif"))}, {}, "restore with Sampling"),
        ({"regions": Path("in/a.tif")}, {}, "give both or none"),
        ({}, {"table": Path("sums.csv")}, "give both or none"),
        ({}, {"coverage": 90.0}, "is 90; it must lie between 0 and 1"),
    ],
)
def test_what_only_samples_tell(
    folder: Path, job: dict[str, Any], told: dict[str, Any], words: str
) -> None:
    (outcome,) = run([Job(Path("in/a.tif"), Path("out.tif"), **job)], **told)
    assert words in outcome.problem
    assert not Path("out.tif").exists()


def test_report_of_strange_names(tmp_path: Path) -> None:
    row = Outcome(source='a,"b"\n.tif', target="c;d.tif", problem="é\n")
    write_report(tmp_path / "report.csv", [row, row])
    assert read_report(tmp_path / "report.csv") == [row]


def test_no_report(tmp_path: Path) -> None:
    assert read_report(tmp_path / "none.csv") == []


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\xff\xfe\x00"])
def test_other_files_are_no_report(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"other\.csv is no report"):
        read_report(path)
