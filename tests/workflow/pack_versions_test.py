"""A questionnaire of one's own comes again: ids stay, numbers rise, and answers go along."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.conftest import opened
from tests.factories import NOON, make_user
from tests.questionnaires.samples import TEXT, spoilt
from tests.rated import make
from tests.workflow.packs_test import FACTS, csv, parts
from tests.workflow.review_test import accept_all
from vendor_risk.questionnaires import versions
from vendor_risk.store.models.responses import PublishedQuestionnaire, ResponseAnswer
from vendor_risk.workflow import contacts, pack_versions, packs
from vendor_risk.workflow.responses import (
    answers,
    links,
    published,
    reuse,
    sending,
)
from vendor_risk.workflow.vendors import VendorRefused

LOCK, ALARM, GUARD = "Is there a lock?", "Does an alarm ring at night?", "Who guards the house?"
LATER = NOON + dt.timedelta(days=300)


@pytest.fixture
def database(request, tmp_path):
    """On SQLite alone, but for what is special on PostgreSQL."""
    with opened("sqlite", request, tmp_path) as made:
        yield made


@pytest.fixture
def session(database):
    """One transaction of the test, with a questionnaire of two questions without numbers."""
    with database.transaction() as session:
        bring(session, LOCK, ALARM)
        yield session


def sheet(session, *rows):
    """The parts of a CSV with these questions; a pair has a number before."""
    pairs = [row if isinstance(row, tuple) else ("", row) for row in rows]
    return parts(session, csv([("Number", "Question"), *pairs]))


def bring(session, *rows, **more):
    known = {"id": "own", "title": "Our own", "controls": {"": "AC-01"}} | more
    return packs.make(session, sheet(session, *rows), **known, now=NOON, actor="test")


def renewed(session, *rows, now=LATER, **more):
    """The next version of it, published."""
    told = pack_versions.renewal(session, sheet(session, *rows), id="own", **more)
    return pack_versions.publish(session, told, now=now, actor="test")


def asked(template):
    return {question.text["en"]: (question.id, question.rev) for _, question in template.asked()}


def test_ids_stay_where_rows_move(session):
    """A row put in before them shifts none; a reworded question keeps its id and asks anew."""
    new = renewed(session, GUARD, "Is there a good lock?", ALARM)
    assert new.address == "own@1.1.0"
    assert asked(new) == {
        GUARD: ("own.row-2-2", 1),
        "Is there a good lock?": ("own.row-2", 2),
        ALARM: ("own.row-3", 1),
    }


def test_a_question_keeps_its_control(session):
    """Where nobody says another one; a new one has what its part has now, and here that is none."""
    new = renewed(session, LOCK, ALARM, GUARD)
    assert [question.control for _, question in new.asked()] == ["AC-01", "AC-01", None]


def test_another_control_is_another_meaning(session):
    """The rev rises though the words stay."""
    new = renewed(session, LOCK, ALARM, controls={"": "AC-02"})
    assert asked(new) == {LOCK: ("own.row-2", 2), ALARM: ("own.row-3", 2)}


def test_what_went_is_retired_and_its_id_never_comes_back(session):
    """For whoever answered any version before; and the number says that something went."""
    second = renewed(session, LOCK)
    third = renewed(session, LOCK, ALARM, GUARD)
    assert (second.address, third.address) == ("own@2.0.0", "own@2.1.0")
    assert asked(third)[ALARM] == ("own.row-3-2", 1)
    assert [(one.from_, one.retire) for one in third.form.migrations] == [
        ("2.0.0", ()),
        ("1.0.0", ("own.row-3",)),
    ]


def test_what_is_not_plain_is_asked(session):
    """Whoever says that it is another question gets a new id, and the old one retires."""
    rows = sheet(session, "Is there a good lock?", ALARM)
    told = pack_versions.renewal(session, rows, id="own")
    [unsure] = told.unsure
    apart = pack_versions.renewal(session, rows, id="own", chosen={unsure.item.row: ""})
    assert (told.suggested, apart.suggested) == ("1.1.0", "2.0.0")
    assert [one.question.id for one in apart.of(versions.REMOVED)] == ["own.row-2"]


def test_one_question_is_not_two(session):
    """Though somebody says so of two rows."""
    rows = sheet(session, LOCK, ALARM)
    with pytest.raises(VendorRefused, match=r"Two rows cannot both be the question own\.row-2"):
        pack_versions.renewal(session, rows, id="own", chosen={1: "own.row-2", 2: "own.row-2"})


@pytest.mark.parametrize(
    ("version", "words"),
    [("1.0.0", "higher number"), ("0.9.0", "higher number"), ("1.01.0", "three numbers"),
     ("2", "three numbers"), ("1.\u0661.0", "three numbers"), ("1..0", "three numbers")],
)  # fmt: skip
def test_a_number_rises(session, version, words):
    """And is one: 1.0.0 was published, and stays what it was."""
    with pytest.raises(VendorRefused, match=words):
        renewed(session, LOCK, GUARD, version=version)


def test_what_was_published_stays(session):
    """The version before is read as it was, under its own hash."""
    before = session.get_one(PublishedQuestionnaire, ("own", "1.0.0"))
    kept = (before.sha256, before.content)
    renewed(session, GUARD, version="7.0.0")
    session.refresh(before)
    assert (before.sha256, before.content) == kept
    assert asked(published.kept(before)).keys() == {LOCK, ALARM}


def test_nothing_new_is_not_published(session):
    """A number alone is no version."""
    with pytest.raises(VendorRefused, match=r"Nothing differs from own@1\.0\.0"):
        renewed(session, LOCK, ALARM)


def test_two_at_once_do_not_publish_over_each_other(session):
    """The second looks again, at what differs from the first's."""
    renewed(session, LOCK)
    with pytest.raises(VendorRefused, match="published meanwhile"):
        renewed(session, LOCK, ALARM, GUARD, base="1.0.0")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_same_number_at_once_is_refused(request, tmp_path, kind):
    """Where both passed the look, and the transaction goes on."""
    with opened(kind, request, tmp_path) as database, database.transaction() as session:
        bring(session, LOCK)
        told = pack_versions.renewal(session, sheet(session, LOCK, ALARM), id="own")
        pack_versions.publish(session, told, now=NOON, actor="test")
        with pytest.raises(VendorRefused, match=r"own@1\.1\.0 was published meanwhile"):
            pack_versions.publish(session, told, now=NOON, actor="test")
        assert published.current(session, "own").address == "own@1.1.0"


def test_retired_ones_come_back_as_a_new_version(session):
    """No version of a retired one is offered; a new one is."""
    renewed(session, LOCK)
    packs.retire(session, "own", now=NOON, actor="test")
    assert not published.imported(session)
    renewed(session, LOCK, GUARD)
    assert [row.version for row in published.imported(session)] == ["2.1.0"]


@pytest.fixture
def accepted(session):
    """A response to the first version, accepted: both questions were answered."""
    vendor, engagement = made = make(session, "Polar Heating", NOON, levels=FACTS)
    ann = make_user(session, "analyst", email="ann@example.com").id
    contacts.add_contact(
        session, vendor, name="Pat", email="pat@polar.example", roles=[], now=NOON, actor="test"
    )
    sent = sending.send(session, vendor, engagement, ["own"], now=NOON, actor=ann)
    at = links.found(session, sent.token, now=NOON)
    links.enter(session, at, now=NOON)
    for id in answers.sheet(session, at.response, today=NOON.date()).open:
        answers.save(session, at, id, "partly", note="Two doors.", revision=0, now=NOON)
    answers.submit(session, at, name="Pat", role="Owner", declared=True, now=NOON)
    return made, sent.response, ann


def test_the_newest_is_sent_and_an_open_one_stays(session, accepted):
    """What is on its way keeps its questions."""
    (vendor, engagement), before, ann = accepted
    renewed(session, LOCK)
    accept_all(session, before, ann)
    after = sending.send(session, vendor, engagement, ["own"], now=LATER, actor=ann).response
    assert [one["version"] for one in (*before.asked, *after.asked)] == ["1.0.0", "2.0.0"]
    assert len(answers.sheet(session, before, today=NOON.date()).questions) == 2


def test_answers_go_along_and_a_changed_question_is_asked_anew(session, accepted):
    """Unchanged ones stand to be confirmed; beside a changed one stands what was said."""
    (vendor, engagement), before, ann = accepted
    accept_all(session, before, ann)
    renewed(session, GUARD, "Is there a good lock?", ALARM)
    after = sending.send(session, vendor, engagement, ["own"], now=LATER, actor=ann).response
    rows = session.exec(select(ResponseAnswer).where(ResponseAnswer.response_id == after.id))
    assert [(row.question, row.confirm) for row in rows] == [("own.row-3", True)]
    [(id, told)] = reuse.earlier(session, after).items()
    assert (id, told.question.text["en"], told.answer.value, told.answer.note) == (
        "own.row-2",
        LOCK,
        "partly",
        "Two doors.",
    )


def test_other_words_that_mean_the_same_keep_the_answers(session, accepted):
    """A typing error that was mended asks nobody anew; another control would."""
    (vendor, engagement), before, ann = accepted
    accept_all(session, before, ann)
    made = renewed(session, "Is there a good lock?", ALARM, meant=[1])
    assert asked(made)["Is there a good lock?"] == ("own.row-2", 1)
    after = sending.send(session, vendor, engagement, ["own"], now=LATER, actor=ann).response
    rows = session.exec(select(ResponseAnswer).where(ResponseAnswer.response_id == after.id))
    assert {row.question for row in rows if row.confirm} == {"own.row-2", "own.row-3"}


def test_another_control_means_something_else_whatever_is_said(session):
    """What counts for another control is another question."""
    told = renewed(session, "Is there a good lock?", ALARM, meant=[1], controls={"": "AC-02"})
    assert asked(told)["Is there a good lock?"][1] == 2


FILE = spoilt("id: sample", "id: house", TEXT)


def load(session, text):
    """The file as the command brings it."""
    content = text.encode()
    new, told = pack_versions.file_renewal(session, content)
    pack_versions.publish_file(session, new, content, now=NOON, actor="test")
    return told


def test_a_file_is_brought_with_its_versions(session):
    """Whatever licence it names, it is ours to ask and not to hand out."""
    load(session, FILE)
    told = load(session, spoilt('"1.1.0"', '"1.2.0"', spoilt("rev: 2", "rev: 3", FILE)))
    assert [one.question.id for one in told.of(versions.CHANGED)] == ["MFA"]
    assert published.current(session, "house").address == "house@1.2.0"
    assert {row.licence for row in published.versions_of(session, "house")} == {"user-supplied"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FILE, "is here already"),
        (FILE + "# other\n", "another text"),
        (spoilt('"1.1.0"', '"1.0.5"', FILE), "higher number"),
        (spoilt('"1.1.0"', '"1.2.0"', spoilt("rev: 2", "rev: 1", FILE)), "never falls"),
        (spoilt("id: house", "id: ecom-core", FILE), "choose another id"),
        (spoilt("id: house", "id: House", FILE), "of your own"),
        (spoilt("control: DL-01", "control: DL-99", FILE), "DL-99 is no control"),
    ],
)  # fmt: skip
def test_a_file_that_breaks_what_was_published_is_refused(session, text, words):
    """With a sentence that says what to do."""
    load(session, FILE)
    with pytest.raises(VendorRefused, match=words):
        load(session, text)


def test_a_file_never_uses_an_id_again(session):
    """Though two versions lie between."""
    gone = spoilt("id: SUBS,", "id: HELPERS,", FILE)
    load(session, FILE)
    load(session, spoilt('"1.1.0"', '"2.0.0"', gone))
    with pytest.raises(VendorRefused, match="SUBS was a question of an earlier version"):
        load(session, spoilt('"1.1.0"', '"3.0.0"', FILE))


def test_a_sheet_does_not_take_away_what_a_file_says(session):
    """Conditions and evidence would be lost in rows."""
    load(session, FILE)
    with pytest.raises(VendorRefused, match="as a YAML file"):
        pack_versions.renewal(session, sheet(session, LOCK), id="house")
