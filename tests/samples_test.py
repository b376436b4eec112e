"""Sample vendors: marked, computed by the product itself, never beside real ones."""

import datetime as dt
import json
import stat
from gettext import NullTranslations

import pytest
from cryptography import x509
from sqlmodel import col, func, select

from tests import translations
from tests.conftest import KEYS, opened, settings_in
from tests.factories import NOON
from vendor_risk.checks.facts import FACTS
from vendor_risk.evidence import Source
from vendor_risk.pdf import render_html
from vendor_risk.reports.report import Kind
from vendor_risk.samples import load as samples
from vendor_risk.samples.vendors import SAMPLES, WAITING
from vendor_risk.scoring.model import load as load_model
from vendor_risk.store.audit import verify
from vendor_risk.store.encryption import Keyring, use_keyring
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import QuestionnaireResponse, ResponseState
from vendor_risk.store.models.scans import Scan, ScanHost
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import reports, scans
from vendor_risk.workflow.portfolio_report import Ordered, portfolio_report
from vendor_risk.workflow.vendors import create_vendor

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The settings of a demonstration in a folder of its own."""
    return settings_in(tmp_path_factory.mktemp("demo"), demo=True)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def loaded(request, demo, tmp_path_factory):
    """A database with the samples in it."""
    with opened(request.param, request, tmp_path_factory.mktemp("loaded")) as database:
        use_keyring(Keyring(KEYS))
        samples.load(database, demo, now=NOW)
        yield database


def test_all_that_is_loaded_is_marked(loaded):
    """Vendors, scans and people say that they are samples."""
    with loaded.reading() as session:
        for table in (Vendor, Scan, User):
            unmarked = session.exec(
                select(func.count()).select_from(table).where(col(table.sample).is_(False))
            ).one()
            assert unmarked == 0, table


def test_the_contractor_stands_where_the_model_puts_him(loaded):
    """Polar Heating has Fazio's facts: 58, tier 2 (the model's own back-test case)."""
    with loaded.reading() as session:
        polar = session.exec(select(Vendor).where(col(Vendor.name).startswith("Polar"))).one()

    assert (polar.inherent, polar.tier) == (58, 2)
    assert polar.posture_grade in ("D", "F")


def test_scores_are_those_of_the_checks(loaded):
    """The stored posture is what the stored looks give when judged again."""
    with loaded.reading() as session:
        for scan in session.exec(select(Scan).where(Scan.state == "done")):
            seen = scans.hosts_of(session, scan.id), scans.judged_of(session, scan.id)
            assert scan.posture == scans.scan_posture(*seen, load_model()).to_json()


def test_a_forgotten_certificate_expired_on_one_day(loaded):
    """Each look of the history tells the same end, before the first of them."""
    with loaded.reading() as session:
        polar = session.exec(select(Vendor).where(col(Vendor.name).startswith("Polar"))).one()
        looks = session.exec(select(Scan).where(Scan.vendor_id == polar.id)).all()
        rows = [one for scan in looks for one in scans.hosts_of(session, scan.id)]
        mail = [one.observations for one in rows if one.host.startswith("mail.")]
    chains = [json.loads(text)["tls"]["chain_pem"] for text in mail]
    ends = {x509.load_pem_x509_certificate(one[0].encode()).not_valid_after_utc for one in chains}

    assert (len(chains), len(ends)) == (3, 1)
    assert max(ends) < min(scan.started_at for scan in looks)


def test_there_is_a_history_with_something_mended(loaded):
    """Three looks at each vendor, and a report that says what moved."""
    with loaded.reading() as session:
        osprey = session.exec(select(Vendor).where(col(Vendor.name).startswith("Osprey"))).one()
        looks = session.exec(
            select(func.count()).select_from(Scan).where(Scan.vendor_id == osprey.id)
        ).one()
        report = reports.vendor_report(session, osprey, now=NOW, organisation="Sample")

    assert looks == 3
    assert report.kind is Kind.VENDOR
    assert [change.move for change in report.since.changes] == ["mended"]


def test_one_vendor_could_not_be_seen(loaded):
    """A silent host is unknown: no grade, no fault."""
    with loaded.reading() as session:
        silent = session.exec(select(Vendor).where(col(Vendor.name).startswith("Brightline"))).one()

    assert (silent.posture_score, silent.posture_grade) == (None, None)


def test_imported_vendors_wait_for_triage(loaded):
    """They are in use and have no tier."""
    with loaded.reading() as session:
        waiting = session.exec(
            select(func.count())
            .select_from(Vendor)
            .where(col(Vendor.in_use), col(Vendor.triaged_at).is_(None))
        ).one()

    assert waiting == len(WAITING)


def test_loading_again_adds_nothing_and_keeps_the_sign_in(loaded, demo):
    """The demonstration can be started as often as one likes."""
    before = (demo.data_dir / "sign-in.json").read_text()

    samples.load(loaded, demo, now=NOW)

    with loaded.reading() as session:
        count = session.exec(select(func.count()).select_from(Vendor)).one()
        hosts = session.exec(select(func.count()).select_from(ScanHost)).one()
    assert count == len(SAMPLES) + len(WAITING)
    assert hosts == 3 * sum(len(sample.hosts) for sample in SAMPLES)
    assert (demo.data_dir / "sign-in.json").read_text() == before


def test_the_sign_in_is_for_its_owner_alone(loaded, demo):
    """The password of the demonstration is not readable by others."""
    mode = (demo.data_dir / "sign-in.json").stat().st_mode

    assert stat.S_IMODE(mode) == 0o600


def test_samples_do_not_mix_with_real_vendors(database, demo):
    """An inventory with a vendor of its own refuses them, and nothing is written."""
    with database.transaction() as session:
        create_vendor(session, name="Real", now=NOON, actor="test")

    with pytest.raises(samples.SamplesRefused, match="vendors of your own"):
        samples.load(database, demo, now=NOW)

    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Vendor)).one() == 1


def test_questionnaires_stand_in_every_state(loaded):
    """One waits for review, one is late, one is not opened, and one was accepted and counts."""
    with loaded.reading() as session:
        states = {
            session.get_one(Vendor, row.vendor_id).name.split()[0]: row
            for row in session.exec(select(QuestionnaireResponse))
        }
        polar = states["Polar"]
        claims = session.exec(
            select(func.count())
            .select_from(StoredClaim)
            .where(StoredClaim.vendor_id == polar.vendor_id, StoredClaim.source == Source.SELF)
        ).one()

    assert {name: row.state for name, row in states.items()} == {
        "Polar": ResponseState.ACCEPTED,
        "Osprey": ResponseState.SUBMITTED,
        "Kestrel": ResponseState.IN_PROGRESS,
        "Halvorsen": ResponseState.SENT,
    }
    assert states["Kestrel"].due_on < NOW.date()
    assert all(row.sample for row in states.values())
    assert claims > 5


def test_the_log_of_the_samples_is_whole(loaded):
    """What the samples did is logged like everything else."""
    with loaded.reading() as session:
        assert verify(session).whole


class Noted(NullTranslations):
    """Notes what is asked to be said in another language."""

    def __init__(self):
        super().__init__()
        self.asked = set()

    def gettext(self, message):
        self.asked.add(message)
        return message

    def ngettext(self, msgid1, msgid2, n):
        self.asked |= {msgid1, msgid2}
        return msgid1 if n == 1 else msgid2


@pytest.mark.parametrize("loaded", ["sqlite"], indirect=True)
def test_no_sentence_of_a_report_is_missing_from_the_catalogues(loaded):
    """A report in another language has no English in it but what people and checks wrote."""
    # A catalogue has the texts of code and templates: translations_test.py holds it to that.
    marked = [each.id for each in translations.kept(translations.files()[0]) if each.id]
    known = {one for each in marked for one in (each if isinstance(each, tuple) else [each])}
    known |= {fact.title for fact in FACTS.values()}
    words = Noted()
    with loaded.reading() as session:
        for vendor in session.exec(select(Vendor)):
            report = reports.vendor_report(
                session, vendor, now=NOW, organisation="Shop", words=words
            )
            render_html(report, words=words)
        order = Ordered("VR-2026-0001", "Shop", "en", "")
        render_html(portfolio_report(session, order, now=NOW, words=words), words=words)

    assert words.asked - known == set()
