"""Another risk model: offered or refused, tried beside the one in use, and switched to."""

import datetime as dt

import pytest
from sqlmodel import col, func, select

from tests import own_models, rated
from tests.conftest import Queue
from tests.factories import NOON, make_user
from vendor_risk.jobs import models as job
from vendor_risk.scoring.model import load, read, shipped
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.decisions import Decision, DecisionKind, DecisionState
from vendor_risk.store.models.risk_models import ModelRun, RiskModel, RunState, TrialLine
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.queries import model_runs as listed
from vendor_risk.workflow import intervals, model_runs, models, scores, settings
from vendor_risk.workflow.model_in_use import MODEL, by_hash, in_use
from vendor_risk.workflow.vendors import Stale, VendorRefused

LOW = {"data_sensitivity": 1, "data_volume": 1, "access": 1, "criticality": 1, "payment": 2}


@pytest.fixture
def admin(database):
    """Who does it."""
    with database.transaction() as session:
        return make_user(session, "admin").id


@pytest.fixture
def stock(database):
    """Three vendors: one answered everything, one has a tier that moves, one only the facts."""
    with database.transaction() as session:
        rated.rated(session, "Acme", NOON)
        vendor, engagement = rated.make(session, "Mover", NOON, levels=LOW)
        rated.answer_all(session, vendor, engagement, NOON)
        rated.make(session, "Plain", NOON)
        scores.rescore(session, [vendor.id], now=NOON, cause=scores.FACTS)


@pytest.fixture
def acts(database, admin, tmp_path):
    """Try and switch as a person with a worker does; the worker only where it is asked."""

    trials = []

    class Acts:
        folder = tmp_path / "models"

        def order(self, version):
            """The id of a trial that waits."""
            with database.transaction() as session:
                offer = next(o for o in models.offers(session, self.folder) if o.version == version)
                at = NOON + dt.timedelta(minutes=len(trials))
                by = {"now": at, "actor": admin, "enqueue": Queue()}
                trials.append(version)
                return models.begin_trial(session, offer, **by).id

        def try_out(self, version):
            """The id of a trial that is done."""
            run_id = self.order(version)
            job.run(database, run_id)
            return run_id

        def switch(self, run_id, reason="The board wants it", revision=None):
            """The id of the run that scores everything."""
            with database.transaction() as session:
                held = settings.revision(session, MODEL) if revision is None else revision
                return models.switch(
                    session,
                    session.get_one(ModelRun, run_id),
                    reason=reason,
                    revision=held,
                    now=NOON,
                    actor=admin,
                    enqueue=Queue(),
                ).id

    own_models.drop(Acts.folder)
    return Acts()


def figures(database):
    """What each vendor's engagement shows."""
    query = select(
        Vendor.name,
        Engagement.tier,
        Engagement.inherent,
        Engagement.final,
        Engagement.grade,
        Engagement.residual,
        Engagement.band,
    ).join(Engagement, col(Engagement.vendor_id) == col(Vendor.id))
    with database.reading() as session:
        return sorted(tuple(row) for row in session.exec(query).all())


def count(database, table):
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(table)).one()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (own_models.text("1.0.0"), "There is a version 1.0.0 already, with the hash"),
        (own_models.text("1.2.0", ("weight: 1000", "weight: 999")), "must sum to 10000"),
        (own_models.text("1.2.0", ("AC-01: {", "XX-01: {")), "XX-01: the product knows no such"),
        (own_models.text("1.2.0", ("KO-09: 49", "KO-11: 49")), "KO-09 is missing"),
        (own_models.text("1.2.0", ("web.nosniff", "web.nonsense")), "web.nonsense is no check"),
        (own_models.text("1.2.0", ("scan_interval_days: 1}", "scan_interval_days: 0}")), "366"),
        (own_models.text("1.2.0", ("coverage_needed: 6000", "coverage_needed: 5000")), "60 %"),
        (own_models.text("1.2.0", ("shown_margin: 100", "shown_margin: -1")), "shown_margin"),
        (own_models.text("../../x"), "version is 1 to 40 letters"),
        ("a: [", "no YAML"),
        ("#" * 300_000, "more than 256 KiB"),
    ],
)
def test_a_file_that_breaks_a_rule_is_listed_with_the_reason(database, tmp_path, content, words):
    """And nobody can choose it."""
    own_models.drop(tmp_path, content=content)
    with database.transaction() as session:
        offer = next(o for o in models.offers(session, tmp_path) if o.source == "ours.yaml")
        assert words in offer.refused.message
        assert offer.refused
        with pytest.raises(VendorRefused):
            models.begin_trial(session, offer, now=NOON, actor=None, enqueue=Queue())


def test_copies_and_second_files_of_a_version(database, tmp_path):
    """A copy is the same model; of two files of one version the second is refused."""
    own_models.drop(tmp_path, "a.yaml")
    own_models.drop(tmp_path, "b.yaml", own_models.text("1.1.0", ("self: 6500", "self: 6000")))
    own_models.drop(tmp_path, "c.yaml")
    (tmp_path / "d.yaml").mkdir()
    (tmp_path / "e.txt").write_text("no model")
    (tmp_path / "shipped.yaml").write_bytes(shipped()["1.0.0"])
    with database.reading() as session:
        found = {
            one.source: one.refused.message if one.refused else ""
            for one in models.offers(session, tmp_path)
        }

    assert found == {
        "shipped": "",
        "a.yaml": "",
        "b.yaml": found["b.yaml"],
        "d.yaml": "It is no regular file.",
    }
    assert "1.1.0 already" in found["b.yaml"]


def test_a_trial_tells_every_engagement_and_moves_no_score(database, stock, acts):
    """Figures now as they are shown, figures then as the switch will show them."""
    before, kept = figures(database), count(database, StoredScore)

    run_id = acts.try_out("1.1.0")

    assert (figures(database), count(database, StoredScore)) == (before, kept)
    with database.reading() as session:
        run = session.get_one(ModelRun, run_id)
        told = sorted(
            (v.name, x.tier_then, x.inherent_then, x.final_then, x.grade_then)
            for x, _e, v in listed.every(session, run_id, "")
        )
        now = sorted(
            (v.name, x.tier_now, x.inherent_now, x.final_now, x.grade_now)
            for x, _e, v in listed.every(session, run_id, "")
        )
    assert (run.state, run.done, run.total, run.slot) == (RunState.DONE, 3, 3, None)
    assert now == [row[:5] for row in before]
    assert run.tallies["engagements"] == run.tallies["vendors"] == 3
    assert run.tallies["tiers"] == 1
    job.run(database, acts.switch(run_id))
    assert told == [row[:5] for row in figures(database)]


def test_a_switch_scores_everything_and_going_back_is_the_same_act(database, stock, acts):
    """Inherent risk, tier and score follow; the history says why; back is as before."""
    before = figures(database)
    run_id = acts.switch(acts.try_out("1.1.0"))
    with database.reading() as session:  # whatever is scored now is scored by it
        assert in_use(session).version == "1.1.0"
    job.run(database, run_id)

    after = figures(database)
    assert after != before
    with database.reading() as session:
        run = session.get_one(ModelRun, run_id)
        newest = session.exec(select(StoredScore).where(StoredScore.cause == scores.MODEL)).all()
        entries = session.exec(select(AuditEntry.act)).all()
        assert {row.model for row in newest} == {"1.1.0"}
        assert run.tallies["scores"] == len(newest) == 3
        assert {one.version for one in session.exec(select(RiskModel))} == {"1.0.0", "1.1.0"}
    assert "model.switched" in entries

    (acts.folder / "ours.yaml").unlink()
    job.run(database, acts.switch(acts.try_out("1.0.0")))
    assert figures(database) == before
    with database.reading() as session:  # the file is gone, the model is kept
        sha256 = read(own_models.text().encode()).sha256
        assert by_hash(session, sha256).version == "1.1.0"
        offer = next(o for o in models.offers(session, acts.folder) if o.version == "1.1.0")
        assert offer.source == models.KEPT


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_stricter_model_asks_for_a_second_person(database, stock, acts):
    """What one approver decided in tier 3 is tier 2 by the new model; going back spares it."""
    with database.transaction() as session:
        paul = make_user(session, "approver", email="paul@example.com").id
        mover = session.exec(select(Vendor).where(Vendor.name == "Mover")).one()
        bought = session.exec(select(Engagement).where(Engagement.vendor_id == mover.id)).one()
        said = {"kind": DecisionKind.APPROVE, "state": DecisionState.IN_FORCE, "rationale": "Fine."}
        named = {"proposed_by_id": paul, "decided_by_id": paul, "baseline": {}}
        at = {"created_at": NOON, "updated_at": NOON, "decided_at": NOON}
        session.add(Decision(vendor_id=mover.id, engagement_id=bought.id, **said, **named, **at))

    def asked():
        with database.reading() as session:
            return session.exec(select(Decision.second_asked_at)).one() is not None

    seen = [asked()]
    for version in ("1.1.0", "1.0.0"):
        job.run(database, acts.switch(acts.try_out(version)))
        seen.append(asked())

    assert seen == [False, True, False]


def test_who_is_killed_in_the_middle_goes_on_and_counts_each_once(
    database, stock, acts, monkeypatch
):
    """A slice is in the trial whole or not at all, and two workers at once are one."""
    monkeypatch.setattr(model_runs, "SLICE", 1)
    run_id = acts.order("1.1.0")
    real, calls = model_runs.told, []

    class Killed(BaseException):
        pass

    def told(*arguments, **words):
        calls.append(arguments)
        if len(calls) == 2:
            raise Killed
        return real(*arguments, **words)

    monkeypatch.setattr(model_runs, "told", told)
    with pytest.raises(Killed):
        job.run_or_fail(database, run_id)
    assert count(database, TrialLine) == 1

    job.run_or_fail(database, run_id)

    with database.transaction() as session:
        run = session.get_one(ModelRun, run_id)
        assert (run.state, run.done, run.tallies["engagements"]) == (RunState.DONE, 3, 3)
        ids = model_runs.upcoming(session, None)
        assert not model_runs.keep_told(session, run_id, None, ids, [])  # a worker that came late
    assert count(database, TrialLine) == 3


def test_a_fault_of_ours_is_told_and_the_run_goes_on(database, stock, acts, admin, monkeypatch):
    """What is done stays done."""
    run_id = acts.switch(acts.try_out("1.1.0"))
    with monkeypatch.context() as broken:
        broken.setattr(model_runs, "upcoming", lambda *_: 1 / 0)
        job.run_or_fail(database, run_id)
    with database.transaction() as session:
        run = session.get_one(ModelRun, run_id)
        assert run.state == RunState.FAILED
        assert "ZeroDivisionError" in run.fault
        queue = Queue()
        assert models.go_on(session, run, now=NOON, actor=admin, enqueue=queue)
        assert queue == [("model", [str(run_id)])]

    job.run_or_fail(database, run_id)

    with database.reading() as session:
        assert session.get_one(ModelRun, run_id).state == RunState.DONE
        assert {e.model for e in session.exec(select(Engagement))} == {"1.1.0"}


def test_one_run_at_a_time(database, stock, acts):
    """A second trial, and a switch beside a trial, wait."""
    done = acts.try_out("1.1.0")
    acts.order("1.1.0")
    with pytest.raises(VendorRefused, match="wait until that is done"):
        acts.order("1.1.0")
    with pytest.raises(VendorRefused, match="wait until that is done"):
        acts.switch(done)


def test_what_lets_nobody_switch(database, stock, acts, admin):
    """No finished trial, no reason, another model meanwhile, an old page."""
    waiting = acts.order("1.1.0")
    with pytest.raises(VendorRefused, match="try the model first"):
        acts.switch(waiting)
    with database.transaction() as session:
        run = session.get_one(ModelRun, waiting)
        assert models.stop(session, run, now=NOON, actor=admin)
    job.run(database, waiting)  # which does nothing any more
    assert count(database, TrialLine) == 0

    done = acts.try_out("1.1.0")
    with pytest.raises(VendorRefused, match="Say why"):
        acts.switch(done, reason="  ")
    with pytest.raises(Stale):
        acts.switch(done, revision=7)
    own_models.drop(acts.folder, "next.yaml", own_models.text("1.2.0"))
    other = acts.try_out("1.2.0")
    job.run(database, acts.switch(done))
    with pytest.raises(VendorRefused, match="try it again"):
        acts.switch(other)
    with pytest.raises(VendorRefused, match="in use already"):
        acts.switch(done)
    with database.reading() as session:
        assert in_use(session).version == "1.1.0"


def test_vendors_that_are_joined_between_two_slices_are_counted_once(database, stock, acts):
    """What was told stays, and its second telling is left out."""
    run_id = acts.order("1.1.0")
    with database.transaction() as session:
        model_runs.begin(session, run_id, now=NOON)
        ids = model_runs.upcoming(session, None)
        model = read(own_models.text().encode())
        lines = model_runs.told(session, ids, model, now=NOON)
        assert model_runs.keep_told(session, run_id, None, ids, lines)
        assert model_runs.keep_told(session, run_id, ids[-1], ids, lines)
        assert session.get_one(ModelRun, run_id).tallies["engagements"] == 3
    assert count(database, TrialLine) == 3


def test_lines_of_old_trials_go(database, stock, acts, monkeypatch):
    """Their counts stay."""
    monkeypatch.setattr(model_runs, "KEEP_TRIALS", 1)
    first = acts.try_out("1.1.0")
    second = acts.try_out("1.1.0")

    with database.reading() as session:
        assert listed.count(session, first, "") == 0
        assert listed.count(session, second, "") == 3
        assert session.get_one(ModelRun, first).cleared_at is not None


def test_intervals_of_the_settings_hold_over_those_of_the_model(database, admin):
    """For scans, for claims that scans prove, and for reviews."""
    by = {"now": NOON, "actor": admin}
    with database.transaction() as session:
        assert intervals.scan_days(session) == (1, 7, 30, 91, 7)
        assert settings.set_scan_days(session, [2, 8, 31, 92, 9], **by)
        assert settings.set_review_months(session, [6, 12, 18, 24], **by)
        assert intervals.scan_interval(session, None) == 9
        assert intervals.scan_interval(session, 4) == 92
        assert intervals.review_interval(session, 1) == 6
        assert settings.reset(session, intervals.SCAN_DAYS, **by)
        assert intervals.scan_interval(session, 1) == load().tiers[1].scan_interval_days
