"""Risk models on their pages: tried by an administrator, switched to with a reason."""

import csv
import html
import io
import os
import re

import pytest
from sqlmodel import select, update

from tests import own_models, rated
from vendor_risk.evidence import Source
from vendor_risk.jobs import models as job
from vendor_risk.scoring.model import load
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.risk_models import ModelRun
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import scores
from vendor_risk.workflow.model_in_use import in_use

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

LOW = {"data_sensitivity": 1, "data_volume": 1, "access": 1, "criticality": 1, "payment": 2}


@pytest.fixture
def folder(settings):
    """Where files are dropped."""
    return settings.own_models_dir


@pytest.fixture
def admin(client, sign_in, csrf):
    """An administrator's browser; `press(address, **fields)` sends a form of its."""
    client.person = sign_in(client, "admin")
    client.press = lambda address, **fields: client.post(
        address, data={"csrf_token": csrf(client)} | fields
    )
    return client


@pytest.fixture
def stock(database, clock):
    """Two vendors with scores."""
    with database.transaction() as session:
        for name, levels in (("Acme", None), ("<b>Mover</b>", LOW)):
            vendor, engagement = rated.make(session, name, clock(), levels=levels)
            rated.answer_all(session, vendor, engagement, clock())
            scores.rescore(session, [vendor.id], now=clock(), cause=scores.FACTS)


@pytest.fixture
def tried(admin, stock, folder, database):
    """The address of a trial that is done."""
    own_models.drop(folder)
    os.utime(folder / "ours.yaml", (1, 1))
    address = try_out(admin)
    run_all(database)
    return address


def try_out(admin):
    """Press Try beside the file; where that leads."""
    page = admin.get("/settings/models").text
    return admin.press("/settings/models/try", sha256=offered(page)).location


def offered(page):
    return re.search(r'name="sha256" value="(\w{64})"', page)[1]


def run_all(database):
    """The worker does what waits."""
    with database.reading() as session:
        ids = session.exec(select(ModelRun.id).where(ModelRun.slot == 1)).all()
    for run_id in ids:
        job.run(database, run_id)


def plain(answer):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_a_model_is_tried_and_switched_to_and_back(admin, tried, database, queue):
    """From the list over the comparison and the reason to the scores, and the way back."""
    text = plain(admin.get(tried))
    assert "Vendors that change band" in text
    assert "Tiers that move 1" in text
    assert "<b>Mover</b>" in text
    assert "3 becomes 2" in text
    confirm = plain(admin.get(f"{tried}/switch"))
    assert re.search(r"\d of 2 vendors change", confirm)

    assert admin.press(f"{tried}/switch", revision="0", reason="").status_code == 422
    answer = admin.press(f"{tried}/switch", revision="0", reason="The board")
    assert answer.location == "/settings/models"
    assert "Scoring everything by model 1.1.0" in plain(admin.get("/settings/models"))
    run_all(database)

    text = plain(admin.get("/settings/models"))
    assert re.search(r"1\.1\.0 \w{12} Kept since it was used In use", text)
    assert [step for step, _ids in queue] == ["model", "model"]
    assert "is in use already" in plain(admin.get(tried))
    back = try_out(admin)
    run_all(database)
    assert admin.press(f"{back}/switch", revision="1", reason="Too strict").status_code == 302
    with database.reading() as session:
        assert in_use(session).version == "1.0.0"
        acts = session.exec(select(AuditEntry.act)).all()
    assert acts.count("model.switched") == 2


def test_the_lines_by_direction_and_as_a_file(admin, tried):
    """The filter, what none match, and the CSV of the same."""
    rows = list(csv.reader(io.StringIO(admin.get(f"{tried}.csv").text)))
    assert rows[0][:4] == ["\ufeffVendor", "Engagement", "Tier now", "Tier then"]
    assert {row[0] for row in rows[1:]} == {"Acme", "<b>Mover</b>"}
    mover = next(row for row in rows if "Mover" in row[0])
    assert mover[2:4] == ["3", "2"]
    assert "No engagement moves so." in plain(admin.get(f"{tried}?move=down"))
    assert admin.get(f"{tried}?move=sideways&page=99").status_code == 200


def test_a_move_of_the_grade_alone_is_seen(admin, stock, folder, database, clock):
    """First among those whose risk stays, with a filter and a column of its own."""
    own_models.drop(folder, content=own_models.text("1.1.0", ("B: 70", "B: 80")))
    with database.transaction() as session:
        vendor = session.exec(select(Vendor).where(Vendor.name == "Acme")).one()
        for control in load().controls:
            rated.claim(session, vendor, control, clock(), source=Source.AUDITED)
        scores.rescore(session, [vendor.id], now=clock(), cause=scores.DOCUMENT)
    address = try_out(admin)
    run_all(database)
    rows = list(csv.DictReader(io.StringIO(admin.get(f"{address}.csv").text.lstrip("\ufeff"))))
    assert [row["Vendor"] for row in rows] == ["<b>Mover</b>", "Acme"]
    assert [row["Grade moves"] for row in rows] == ["worse", ""]
    only = csv.DictReader(io.StringIO(admin.get(f"{address}.csv?move=grade").text.lstrip("\ufeff")))
    assert [row["Vendor"] for row in only] == ["<b>Mover</b>"]
    page = plain(admin.get(f"{address}?move=grade"))
    assert "Grades that move 1" in page
    assert "B becomes C worse" in page
    assert "the grade alone" in page


def test_progress_asks_again_until_the_end(admin, stock, folder, database):
    """286 tells htmx to stop."""
    own_models.drop(folder)
    address = try_out(admin)
    run_id = address.rpartition("/")[2]
    progress = f"/settings/models/runs/{run_id}/progress"
    assert "Waiting for a worker" in plain(admin.get(progress))
    assert 'hx-trigger="every 2s"' in admin.get(address).text
    assert admin.press(f"/settings/models/runs/{run_id}/stop").status_code == 302

    assert admin.get(progress).status_code == 286
    assert "This trial was stopped." in plain(admin.get(address))
    assert admin.get(f"{address}/switch").status_code == 200
    assert "cannot be switched to" in plain(admin.get(f"{address}/switch"))


def test_a_refused_file_says_why_and_offers_nothing(admin, folder):
    """In its row; a form that was made by hand is refused too."""
    own_models.drop(folder, content=own_models.text("1.0.0"))
    page = admin.get("/settings/models")
    assert "There is a version 1.0.0 already" in plain(page)
    assert 'name="sha256"' not in page.text
    sha256 = re.findall(r'title="(\w{64})"', page.text)[-1]
    assert admin.press("/settings/models/try", sha256=sha256).status_code == 422
    assert admin.press("/settings/models/try", sha256="0" * 64).status_code == 409
    assert "No model was tried yet." in plain(page)


def test_a_trial_before_the_last_file_says_so(admin, tried, folder):
    """Which one came since."""
    assert "older than the last model file" not in plain(admin.get(tried))
    path = own_models.drop(folder, "next.yaml", own_models.text("1.2.0"))
    os.utime(path, (4e9, 4e9))
    assert "This trial is older than the last model file." in plain(admin.get(tried))


def test_two_people_at_the_model(admin, tried):
    """The page that was opened before somebody switched is told."""
    answer = admin.press(f"{tried}/switch", revision="3", reason="Mine first")

    assert answer.status_code == 409
    assert "Somebody changed the model meanwhile" in plain(answer)


def test_nothing_to_compare(admin, folder, database):
    """One sentence, and where to go."""
    own_models.drop(folder)
    address = try_out(admin)
    run_all(database)

    assert "Nothing is scored yet" in plain(admin.get(address))


@pytest.mark.parametrize(
    ("role", "reads", "writes"), [("approver", 200, 403), ("analyst", 403, 403)]
)
def test_who_may(client, sign_in, csrf, admin, tried, role, reads, writes):
    """Administrators try and switch, approvers and auditors read."""
    sign_in(client, role)
    data = {"csrf_token": csrf(client)}
    assert client.get("/settings/models").status_code == reads
    assert client.get(tried).status_code == reads
    assert client.get(f"{tried}.csv").status_code == reads
    assert client.get(f"{tried}/switch").status_code == writes
    assert client.post(f"{tried}/switch", data=data).status_code == writes
    assert client.post("/settings/models/try", data=data).status_code == writes


def test_a_score_whose_model_is_gone_is_shown_as_it_was_kept(admin, stock, database):
    """Its frozen figures and lines, with a sentence; the file too."""
    with database.transaction() as session:
        session.execute(update(StoredScore).values(model="0.9.0-gone", model_sha256="9" * 64))
        row = session.exec(select(StoredScore).where(StoredScore.grade.is_not(None))).first()
        engagement = session.get_one(Engagement, row.engagement_id)
        page = f"/vendors/{engagement.vendor_id}/engagements/{engagement.id}/score/{row.id}"

    answer = admin.get(page)

    assert answer.status_code == 200
    assert "The model file is no longer there." in plain(answer)
    assert "0.9.0-gone" in plain(answer)
    points = [
        int(one) * 100 + int(two) for one, two in re.findall(r'num">(\d+)\.(\d\d)<', answer.text)
    ]
    assert sum(points[:-1]) == points[-1] == row.final
    assert admin.get(f"{page}.json").status_code == 200
