"""The pages of intake, as people without JavaScript use them."""

import html
import re
import uuid

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from tests.factories import NOON, make_user
from vendor_risk.evidence import HostClass
from vendor_risk.store.models.intake import Intake
from vendor_risk.store.models.scans import Scan
from vendor_risk.store.models.vendors import Contact, Domain, Engagement, FactsSource, Vendor
from vendor_risk.workflow import drafts, vendors
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.engagements import Terms, add_engagement

# The pages do not know which database they stand on; intake_postgresql_test.py tries the other.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')

VENDOR = {"name": "Parcel Express", "domain": "parcel.example"}
PURCHASE = {"name": "Parcels", "purpose": "Ships what customers order"}
LONG_WAY = [
    ("vendor", VENDOR),
    ("purchase", PURCHASE),
    ("quick", {}),
    ("sensitivity", {"level": "2"}),
    ("volume", {"level": "3"}),
    ("access", {"level": "2"}),
    ("criticality", {"level": "2"}),
    ("payment", {"level": "2"}),
    ("ownership", {"spend": "12,000.50", "currency": "EUR"}),
    ("people", {}),
]
FACTORS = ("data_sensitivity", "data_volume", "access", "criticality", "payment")
ALL_TRUE = {"confirmed": ["data_sensitivity", "access", "criticality", "payment"], "volume": "1"}
SHORT_WAY = [
    ("vendor", VENDOR),
    ("purchase", PURCHASE),
    ("quick", ALL_TRUE),
    ("ownership", {}),
    ("people", {}),
]


class Requester:
    """A person with a browser and one request, who types and presses buttons."""

    def __init__(self, client: FlaskClient, user, start: str = "/intake/new") -> None:
        self.client = client
        self.user = user
        self.first = client.get(start).location
        self.at = re.match(r"/intake/[0-9a-f-]{36}", self.first)[0]
        self.id = uuid.UUID(self.at[8:])

    def see(self, page: str = ""):
        """A page of the request."""
        return self.client.get(f"{self.at}/{page}".rstrip("/"))

    def type(self, page: str, given=None, *, go: str = "next", **hidden):
        """Open a page, type, press a button."""
        shown = dict(HIDDEN.findall(self.see(page).text))
        if page == "ownership":
            given = {"owner": str(self.user.id)} | (given or {})
        return self.client.post(
            f"{self.at}/{page}", data=shown | hidden | (given or {}) | {"go": go}
        )

    def walk(self, pages):
        """Answer one page after the other; the address after the last."""
        location = ""
        for page, given in pages:
            answer = self.type(page, given)
            assert answer.status_code == 302, errors(answer)
            location = answer.location
        return location

    def has(self, pages):
        """The pages are answered already, without the way through the browser."""
        database = self.client.application.extensions["database"]
        with database.transaction() as session:
            draft = drafts.blank(session, self.id, requester_id=self.user.id, now=NOON)
            drafts.begin(session, draft, now=NOON)
            owner = {"owner": str(self.user.id)}
            for page, given in pages:
                whole = owner | given if page == "ownership" else given
                typed = {k: v if isinstance(v, list) else [v] for k, v in whole.items()}
                drafts.save(session, draft, page, typed, seen=99, tab="", now=NOON)

    def token(self) -> str:
        """What every form of this browser carries."""
        return dict(HIDDEN.findall(self.see().text))["csrf_token"]

    def send(self):
        """Press the last button."""
        shown = dict(HIDDEN.findall(self.see().text))
        return self.client.post(f"{self.at}/send", data=shown)


def errors(answer) -> list[str]:
    """The words at the fields that are wrong."""
    found = re.findall(r'class="error-text".*?Error: </span>(.*?)</span>', answer.text)
    return [html.unescape(words) for words in found]


def shown_value(answer, name: str) -> str:
    """What stands in a field."""
    return html.unescape(re.search(rf'name="{name}"[^>]*? value="([^"]*)"', answer.text)[1])


@pytest.fixture
def ann(client, sign_in):
    """A requester with a request not yet begun."""
    return Requester(client, sign_in(client, "requester"))


def rows(database, kind):
    with database.reading() as session:
        return session.exec(select(kind)).all()


def test_opening_a_request_writes_nothing(database, ann):
    """A draft begins when something is typed, not when somebody looks."""
    ann.see("vendor")

    assert rows(database, Intake) == []


def test_the_long_way_ends_at_the_check(ann):
    """Ten pages, each leading to the next."""
    assert ann.walk(LONG_WAY) == ann.at


def test_a_page_says_where_it_is(ann):
    """The sixth of ten numbered pages."""
    ann.has(LONG_WAY[:6])

    assert "Step 6 of 10" in ann.see("criticality").text


def test_each_level_is_shown_with_an_example(ann):
    """The texts are those of the scales, the warning of the third level among them."""
    ann.has(LONG_WAY[:5])

    text = ann.see("access").text
    assert text.count('class="example"') == 5
    assert "nobody can say whether it is separated" in text


def test_sending_makes_vendor_and_scan(database, ann, queue):
    """The inventory has what was typed, and the scan is queued."""
    ann.walk(LONG_WAY)
    answer = ann.send()

    assert (answer.status_code, answer.location) == (302, f"{ann.at}/result")
    engagement = rows(database, Engagement)[0]
    assert [one.name for one in rows(database, Vendor)] == ["Parcel Express"]
    assert (engagement.spend_minor, engagement.currency) == (1_200_050, "EUR")
    assert engagement.facts_source == FactsSource.INTAKE
    assert queue == [("scan", [str(rows(database, Scan)[0].id)])]


def test_the_result_says_tier_reasons_and_what_follows(ann):
    """The number, its lines, the scan, and who decides."""
    ann.has(LONG_WAY)
    ann.send()

    text = ann.see("result").text
    # (150 x 3 + 30 x 2 + 15 x 3 + 30 x 2 + 15 x 2 + 10 x 2 + 5) // 10
    assert "Tier 2" in text
    assert "Inherent risk 67 of 100" in text
    assert "Under a million people" in text
    assert "Follow the scan" in text
    assert "an approver decides" in text


def test_a_floor_is_named_as_the_reason(ann):
    """Health data alone make 72 points, tier 2; the fact itself makes it tier 1."""
    facts = {"volume": "0", "access": "0", "criticality": "0", "payment": "0"}
    way = [(page, {"level": facts[page]} if page in facts else it) for page, it in LONG_WAY]
    way[3:4] = [("sensitivity", {"level": "4"}), ("kinds", {"kinds": ["special-category"]})]
    ann.has(way)
    ann.send()

    text = ann.see("result").text
    assert "Inherent risk 72 of 100" in text
    assert "Tier 1 because of a fact." in text
    assert "The points alone would give tier 2." in text


def test_sending_twice_makes_one_vendor(database, ann):
    """A double click, or the Back button and the button again."""
    ann.has(LONG_WAY)
    shown = dict(HIDDEN.findall(ann.see().text))
    answers = [ann.client.post(f"{ann.at}/send", data=shown) for _ in range(2)]

    assert [one.location for one in answers] == [f"{ann.at}/result"] * 2
    assert len(rows(database, Vendor)) == 1


def test_the_first_page_sent_twice_makes_one_draft(database, ann):
    """Two clicks on the first Continue."""
    shown = dict(HIDDEN.findall(ann.see("vendor").text))
    for _ in range(2):
        ann.client.post(f"{ann.at}/vendor", data=shown | VENDOR)

    assert [one.title for one in rows(database, Intake)] == ["Parcel Express"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("192.0.2.7", "IP address"),
        ("https://parcel.example/x", "web address"),
        ("jo@parcel.example", "e-mail address"),
        ("parcel", "single word"),
        ("x" * 300 + ".example", "characters"),
        ("printer.local", "does not exist on the internet"),
        ("parcel.example:8443", "port"),
        ("", "tick that there is none"),
        ("<b>", "not a host name"),
    ],
)
def test_what_is_no_domain_is_refused_in_words(database, ann, typed, words):
    """The sentence stands at the field, and nothing but the draft is written."""
    answer = ann.type("vendor", {"name": "Parcel", "domain": typed})

    assert answer.status_code == 422
    assert words in errors(answer)[0]
    assert rows(database, Vendor) == []


@pytest.mark.parametrize("typed", ["PARCEL.example.", "parcel.example", " parcel.example "])
def test_a_domain_is_kept_as_the_dns_has_it(database, ann, typed):
    """Case, blanks and the last dot do not matter."""
    ann.has([("vendor", VENDOR | {"domain": typed}), *LONG_WAY[1:]])
    ann.send()

    assert [one.host for one in rows(database, Domain)] == ["parcel.example"]


def test_an_umlaut_domain_is_accepted(database, ann):
    """People type what they read."""
    ann.has([("vendor", VENDOR | {"domain": "bücher.example"}), *LONG_WAY[1:]])
    ann.send()

    domain = rows(database, Domain)[0]
    assert (domain.host, domain.display) == ("xn--bcher-kva.example", "bücher.example")


def test_a_vendor_without_a_domain_is_sent_too(database, ann, queue):
    """The page then says that nothing is looked at."""
    ann.has([("vendor", {"name": "Caterer", "no_domain": "y"}), *LONG_WAY[1:]])
    ann.send()

    assert "no domain" in ann.see("result").text
    assert queue == []


HOSTILE = {
    "long": "x" * 250,
    "markup": "<script>alert(1)</script>",
    "right to left": "\u202eشركة الطرود",
    "control": "Par\x00cel\x1b[31m",
    "emoji": "📦 Parcel 👩‍💻",
    "formula": "=HYPERLINK(1)",
    "template": "{{ 7 * 7 }}",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_come_back_harmless(ann, name):
    """Wrong or odd, what was typed is there again, and no markup of it runs."""
    ann.type("vendor", {"name": name, "domain": ""})

    answer = ann.see("vendor")
    assert shown_value(answer, "name") == vendors.clean(name)
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("name", [HOSTILE[key] for key in HOSTILE if key != "long"])
def test_hostile_names_can_be_sent(database, ann, name):
    """Odd is not wrong: such a vendor exists, and its pages show its name."""
    ann.has([("vendor", VENDOR | {"name": name}), *LONG_WAY[1:]])
    ann.send()

    assert [one.name for one in rows(database, Vendor)] == [vendors.clean(name)]
    assert ann.see("result").status_code == 200


def test_a_name_too_long_is_refused_and_kept(ann):
    """Not cut in silence."""
    answer = ann.type("vendor", VENDOR | {"name": "x" * 201})

    assert answer.status_code == 422
    assert errors(answer) == ["Shorten this to 200 characters or fewer."]
    assert shown_value(answer, "name") == "x" * 201


@pytest.mark.parametrize(
    ("page", "level"),
    [("sensitivity", "5"), ("volume", "-1"), ("access", "two"), ("criticality", "4.0"),
     ("payment", "")],
)  # fmt: skip
def test_a_level_that_is_none_is_refused(ann, page, level):
    """Only what stands on a card can be chosen."""
    ann.has(LONG_WAY[: [one for one, _ in LONG_WAY].index(page)])

    assert ann.type(page, {"level": level}).status_code == 422


def test_the_error_summary_links_to_the_field(ann):
    """The first thing on the page says what is wrong, and leads there."""
    answer = ann.type("vendor", {"name": "", "domain": "parcel.example"})

    assert 'href="#name"' in answer.text
    assert "<title>Error: " in answer.text


def test_back_keeps_what_was_typed(ann):
    """Also when it is not right yet."""
    ann.has(LONG_WAY[:1])
    answer = ann.type("purchase", {"name": "", "purpose": "half a sen"}, go="back")

    assert answer.location == f"{ann.at}/vendor"
    assert "half a sen" in ann.see("purchase").text


def test_leaving_keeps_what_was_typed(ann):
    """The list offers to go on where one was."""
    ann.has(LONG_WAY[:1])
    ann.type("purchase", {"purpose": "half a sen"}, go="leave")

    assert "Parcel Express" in ann.client.get("/intake").text
    assert ann.see("resume").location == f"{ann.at}/purchase"


def test_signing_out_loses_nothing(ann, sign_in):
    """The draft is in the database from the first page on."""
    ann.has(LONG_WAY[:4])
    with ann.client.session_transaction() as kept:
        kept.clear()
    sign_in(ann.client, user=ann.user)

    assert ann.see("resume").location == f"{ann.at}/volume"


def test_typing_is_kept_before_any_button(database, ann):
    """What the page sends by itself while somebody types is a draft already."""
    shown = dict(HIDDEN.findall(ann.see("vendor").text))
    answer = ann.client.post(f"{ann.at}/vendor/keep", data=shown | {"name": "Par"})

    assert "Saved" in answer.text
    assert [one.title for one in rows(database, Intake)] == ["Par"]


def test_a_page_after_the_open_one_cannot_be_opened(ann):
    """One thing after the other: the way leads back to what is missing."""
    ann.has(LONG_WAY[:2])

    assert ann.see("payment").location == f"{ann.at}/quick"


def test_no_data_asks_for_no_volume(database, ann):
    """The page falls away, and the level is 0."""
    pages = [one for one in LONG_WAY if one[0] not in ("sensitivity", "volume")]
    ann.has([*pages[:3], ("sensitivity", {"level": "0"}), *pages[3:]])
    ann.send()

    assert rows(database, Engagement)[0].data_volume == 0


@pytest.mark.parametrize(
    "case",
    [
        ("sensitivity", "kinds", {"kinds": ["card-data"]}, ["card-data"]),
        ("sensitivity", "kinds", {"kinds": ["special-category"]}, ["special-category"]),
        ("sensitivity", "kinds", {"kinds": ["children"]}, []),
        ("access", "script", {"script": "yes"}, ["payment-page-script"]),
        ("access", "script", {"script": "unsure"}, ["payment-page-script"]),
        ("access", "script", {"script": "no"}, []),
        ("payment", "part", {"part": ["card-data", "payment-page-script"]},
         ["payment-page-script", "card-data"]),
    ],
)  # fmt: skip
def test_the_highest_level_asks_what_it_is(database, ann, case):
    """The follow-up question sets the floors; nobody knowing counts as yes."""
    page, follow_up, given, floors = case
    way = []
    for one, answer in LONG_WAY:
        way.append((one, {"level": "4"} if one == page else answer))
        if one == page:
            way.append((follow_up, given))
    ann.has(way)
    ann.send()

    engagement = rows(database, Engagement)[0]
    assert engagement.floors == floors
    assert engagement.tier == 1 if floors else True


@pytest.mark.parametrize(("page", "follow_up"), [("sensitivity", "kinds"), ("payment", "part")])
def test_the_follow_up_wants_an_answer(ann, page, follow_up):
    """Nothing ticked is not "none"."""
    ann.has(LONG_WAY[: [one for one, _ in LONG_WAY].index(page)])
    ann.type(page, {"level": "4"})

    assert ann.type(follow_up, {}).status_code == 422


def test_a_contradiction_is_read_the_careful_way_and_said(database, ann):
    """Card data with the payment role "invoices": the role counts as the highest."""
    way = [*LONG_WAY]
    way[3:4] = [("sensitivity", {"level": "4"}), ("kinds", {"kinds": ["card-data"]})]
    ann.walk(way)

    assert "because of another answer" in ann.see().text
    ann.send()
    assert rows(database, Engagement)[0].payment == 4
    assert "Chosen was “Sees order or payment status”" in ann.see("result").text


def test_the_short_way_skips_five_pages(ann):
    """All true and few people: straight to the owner, and five pages in all."""
    ann.walk(SHORT_WAY[:3])

    assert "Step 3 of 5" in ann.see("ownership").text


def test_the_short_way_ends_at_tier_4(database, ann):
    """The request says that it took it."""
    assert ann.walk(SHORT_WAY) == ann.at
    ann.send()

    assert rows(database, Engagement)[0].tier == 4
    assert rows(database, Intake)[0].fast_lane


@pytest.mark.parametrize("missing", ALL_TRUE["confirmed"])
def test_one_doubt_takes_the_long_way(ann, missing):
    """The next page says what was not confirmed."""
    doubt = [one for one in ALL_TRUE["confirmed"] if one != missing]
    location = ann.walk([*SHORT_WAY[:2], ("quick", {"confirmed": doubt, "volume": "1"})])

    assert location == f"{ann.at}/sensitivity"
    assert "You did not confirm" in ann.see("sensitivity").text


def test_many_people_take_the_long_way(ann):
    """The facts say otherwise: the page names the tier that they would give."""
    location = ann.walk([*SHORT_WAY[:2], ("quick", ALL_TRUE | {"volume": "2"})])

    assert location == f"{ann.at}/sensitivity"
    assert "this would be tier 3" in ann.see("sensitivity").text


def test_the_short_way_wants_the_number_of_people(ann):
    """Without it nothing is obvious."""
    ann.has(SHORT_WAY[:2])
    answer = ann.type("quick", {"confirmed": ALL_TRUE["confirmed"]})

    assert errors(answer) == ["Say about how many people it is."]


def test_a_short_way_that_closes_asks_the_rest(ann):
    """Everything was answered; then one statement turns out to be wrong."""
    ann.has(SHORT_WAY)
    answer = ann.type("quick", {"confirmed": ["payment"]}, change="1")

    assert answer.location == f"{ann.at}/sensitivity"


def test_a_changed_answer_leads_back_to_the_check(ann):
    """The Change link of the check page."""
    ann.has(LONG_WAY)
    assert f"{ann.at}/access?change=1" in ann.see().text

    assert ann.type("access", {"level": "1"}, change="1").location == ann.at


def test_an_open_request_cannot_be_sent(database, ann):
    """The check says what is open, and the button is not there; pressed anyway, nothing happens."""
    ann.has(LONG_WAY[:5])
    text = ann.see().text

    assert "Send request" not in text
    assert "Go on with: Access" in text
    token = {"seen": "6"}
    assert (
        ann.client.post(f"{ann.at}/send", data=dict(HIDDEN.findall(text)) | token).status_code
        == 422
    )
    assert rows(database, Vendor) == []


@pytest.fixture
def known(database):
    """A vendor in the inventory, in use and without a tier."""
    with database.transaction() as session:
        vendor = vendors.create_vendor(
            session, name="Parcel Express GmbH", supplier_number="S-7", in_use=True,
            now=NOON, actor="test",
        )  # fmt: skip
        add_domain(session, vendor, "parcel.example", HostClass.MAIN, now=NOON, actor="test")
        return vendor.id


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"name": "Something else", "domain": "www.parcel.example"}, "Has a host under"),
        ({"name": "Parcel Expres", "no_domain": "y"}, "nearly the same name"),
        ({"name": "Other", "no_domain": "y", "supplier_number": "S-7"}, "Has the supplier number"),
    ],
    ids=["domain", "name", "number"],
)
def test_a_vendor_that_we_have_is_offered(ann, known, given, why):
    """Same registrable domain, like name, or same number."""
    assert ann.walk([("vendor", given)]) == f"{ann.at}/match"
    text = ann.see("match").text

    assert "Parcel Express GmbH" in text
    assert why in text


def test_joining_adds_the_engagement(database, ann, known):
    """One vendor, with what is bought now."""
    ann.walk([LONG_WAY[0], ("match", {"choice": str(known)}), *LONG_WAY[1:]])
    ann.send()

    assert len(rows(database, Vendor)) == 1
    assert rows(database, Engagement)[0].vendor_id == known
    assert "Added to a vendor that we had" in ann.see("result").text


def test_a_stricter_engagement_counts_for_the_vendor(database, ann, known):
    """The short way gives tier 4 to this purchase, not to a vendor that has a stricter one."""
    with database.transaction() as session:
        vendor = session.get(Vendor, known)
        terms = Terms("Check-out", levels=dict.fromkeys(FACTORS, 4))
        add_engagement(session, vendor, terms, now=NOON, actor="test")
    ann.walk([SHORT_WAY[0], ("match", {"choice": str(known)}), *SHORT_WAY[1:]])
    ann.send()

    assert "The vendor as a whole is tier 1." in ann.see("result").text


def test_going_on_makes_a_new_vendor(database, ann, known):
    """Nothing is joined by itself."""
    ann.walk([LONG_WAY[0], ("match", {"choice": "new"}), *LONG_WAY[1:]])
    ann.send()

    assert len(rows(database, Vendor)) == 2


def test_the_question_wants_an_answer(ann, known):
    """Neither joined nor new."""
    ann.walk(LONG_WAY[:1])

    assert ann.type("match", {}).status_code == 422


def test_only_what_is_offered_can_be_joined(database, ann, known):
    """Another vendor's id in the form is no choice."""
    with database.transaction() as session:
        other = vendors.create_vendor(session, name="Zebra", now=NOON, actor="test").id
    ann.walk(LONG_WAY[:1])

    assert ann.type("match", {"choice": str(other)}).status_code == 422


def test_a_taken_number_cannot_be_a_new_vendor(ann, known):
    """The page names whose it is."""
    ann.walk([("vendor", VENDOR | {"supplier_number": "S-7"})])
    answer = ann.type("match", {"choice": "new"})

    assert "that of Parcel Express GmbH" in errors(answer)[0]


def test_a_twin_entered_meanwhile_is_asked_about(database, ann):
    """Between the first page and the last, somebody entered the same vendor."""
    ann.has(LONG_WAY)
    with database.transaction() as session:
        vendors.create_vendor(session, name="Parcel Express", now=NOON, actor="test")
    answer = ann.send()

    assert answer.status_code == 422
    assert "A vendor that we have?" in answer.text
    assert len(rows(database, Vendor)) == 1


def test_a_request_about_a_vendor_in_use_is_prefilled(client, sign_in, database, known):
    """Name, domain and number stand there, and the way goes past the question."""
    ann = Requester(client, sign_in(client, "analyst"), f"/intake/new?vendor={known}")
    answer = client.get(ann.first)

    assert shown_value(answer, "name") == "Parcel Express GmbH"
    assert shown_value(answer, "domain") == "parcel.example"
    shown = dict(HIDDEN.findall(answer.text))
    given = {"name": "Parcel Express GmbH", "domain": "parcel.example", "supplier_number": "S-7"}
    assert client.post(ann.first, data=shown | given).status_code == 302
    assert ann.see("resume").location == f"{ann.at}/purchase"


def test_the_full_intake_replaces_quick_facts(client, sign_in, database, known):
    """The engagement that triage made gets the facts of the form."""
    with database.transaction() as session:
        add_engagement(
            session, session.get(Vendor, known),
            Terms(name="In use", levels=dict.fromkeys(FACTORS, 4)),
            source=FactsSource.TRIAGE, now=NOON, actor="test",
        )  # fmt: skip
    ann = Requester(client, sign_in(client, "analyst"), f"/intake/new?vendor={known}")
    shown = dict(HIDDEN.findall(client.get(ann.first).text))
    client.post(ann.first, data=shown | VENDOR | {"supplier_number": "S-7"})
    ann.walk(LONG_WAY[1:])
    ann.send()

    engagement = rows(database, Engagement)
    assert [(one.name, one.tier) for one in engagement] == [("Parcels", 2)]


def test_contacts_and_domains_are_registered(database, ann):
    """Rows without anything do not count."""
    people = {
        "contacts-0-name": "Jo",
        "contacts-0-email": "jo@parcel.example",
        "contacts-0-roles": ["security", "privacy"],
        "contacts-1-name": "",
        "domains-0-domain": "pay.parcel.example",
        "domains-0-host_class": "payment",
        "domains-1-domain": "",
        "domains-1-host_class": "other",
    }
    ann.has([*LONG_WAY[:-1], ("people", people)])
    ann.send()

    contact = rows(database, Contact)
    assert [(one.name, one.roles) for one in contact] == [("Jo", ["security", "privacy"])]
    assert {one.host: one.host_class for one in rows(database, Domain)} == {
        "parcel.example": "main",
        "pay.parcel.example": "payment",
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"contacts-0-email": "jo@parcel.example"}, "Give the contact's name."),
        ({"contacts-0-name": "Jo", "contacts-0-roles": "security"}, "Give an e-mail address"),
        ({"contacts-0-name": "Jo", "contacts-0-email": "jo", "contacts-0-roles": "security"},
         "no e-mail address"),
        ({"contacts-0-name": "Jo", "contacts-0-phone": "+49 1 234"}, "Tick at least one."),
        ({"domains-0-domain": "10.0.0.1"}, "IP address"),
        ({"domains-0-domain": "PARCEL.example"}, "is here already"),
        ({"domains-0-domain": "x.example", "domains-0-host_class": "castle"},
         "Choose what the domain is for."),
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_in_words(ann, given, words):
    """At the field of that row."""
    ann.has(LONG_WAY[:-1])
    answer = ann.type("people", given)

    assert answer.status_code == 422
    assert any(words in one for one in errors(answer))


def test_rows_are_added_and_removed_without_javascript(ann):
    """The buttons keep what was typed in the others."""
    ann.has(LONG_WAY[:-1])
    ann.type("people", {"contacts-0-name": "Jo"}, go="add-contacts")
    two = ann.see("people")
    given = {"contacts-0-name": "Jo", "contacts-1-name": "Kim"}
    ann.type("people", given, go="remove-contacts-0")

    assert 'name="contacts-1-name"' in two.text
    assert "Kim" in ann.see("people").text
    assert "Jo" not in re.findall(r'contacts-\d-name"[^>]* value="(\w+)"', ann.see("people").text)


def test_ten_rows_are_the_most(ann):
    """More belong on the vendor's own page."""
    ann.has(LONG_WAY[:-1])
    many = {f"domains-{n}-domain": f"h{n}.example" for n in range(30)}
    ann.type("people", many, go="leave")

    assert len(re.findall(r'name="domains-\d+-domain"', ann.see("people").text)) == 10


@pytest.mark.parametrize(
    ("spend", "currency", "minor"),
    [
        ("12,000", "EUR", 1_200_000),
        ("12.000", "EUR", 1_200_000),
        ("12 000", "EUR", 1_200_000),
        ("12'000.5", "CHF", 1_200_050),
        ("1.234.567,89", "EUR", 123_456_789),
        ("12000", "JPY", 12_000),
        ("1.5", "KWD", 1_500),
        ("0", "USD", 0),
    ],
)
def test_amounts_are_read_as_people_write_them(database, ann, spend, currency, minor):
    """Thousands marked in any way, decimals of the currency."""
    given = {"spend": spend, "currency": currency}
    ann.has([*LONG_WAY[:-2], ("ownership", given), LONG_WAY[-1]])
    ann.send()

    assert rows(database, Engagement)[0].spend_minor == minor


@pytest.mark.parametrize(
    ("spend", "currency"),
    [
        ("a lot", "EUR"),
        ("-5", "EUR"),
        ("1.234", "KWD"),
        ("1,5", "JPY"),
        ("12", ""),
        ("9" * 30, "EUR"),
        ("٣", "EUR"),
        (".", "EUR"),
    ],
)
def test_an_amount_in_doubt_is_refused(ann, spend, currency):
    """Rather asked than guessed."""
    ann.has(LONG_WAY[:-2])

    assert ann.type("ownership", {"spend": spend, "currency": currency}).status_code == 422


def test_the_owner_must_be_a_person_here(ann):
    """An id that is nobody's is no choice."""
    ann.has(LONG_WAY[:-2])

    assert ann.type("ownership", {"owner": str(uuid.uuid4())}).status_code == 422


def in_two_tabs(ann):
    """One tab saved the purchase; what the other still has in its form."""
    ann.has(LONG_WAY[:1])
    stale = dict(HIDDEN.findall(ann.see("purchase").text))
    ann.type("purchase", PURCHASE)
    return stale | {"name": "Pallets", "purpose": "Ships pallets", "go": "next"}


def test_two_tabs_see_both_versions(ann):
    """A 409 shows what is saved and what was typed, and writes nothing."""
    answer = ann.client.post(f"{ann.at}/purchase", data=in_two_tabs(ann))

    assert answer.status_code == 409
    assert "Ships what customers order" in answer.text
    assert "Ships pallets" in answer.text
    assert "Parcels" in ann.see("purchase").text


def test_two_tabs_can_use_the_second_version(database, ann):
    """The button of the 409 page saves what was typed there."""
    answer = ann.client.post(f"{ann.at}/purchase", data=in_two_tabs(ann))
    again = dict(HIDDEN.findall(answer.text)) | dict(
        re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', answer.text, re.S)
    )
    ann.client.post(f"{ann.at}/purchase", data=again)

    draft = rows(database, Intake)[0]
    assert drafts.typed(draft, "purchase")["purpose"] == ["Ships pallets"]


def test_answers_changed_after_the_check_are_shown_again(database, ann):
    """Whoever sends must have seen what is sent."""
    ann.has(LONG_WAY)
    shown = dict(HIDDEN.findall(ann.see().text))
    ann.type("access", {"level": "1"})
    answer = ann.client.post(f"{ann.at}/send", data=shown)

    assert answer.status_code == 409
    assert rows(database, Vendor) == []


def test_typing_into_a_sent_request_is_told(ann):
    """The other window sent it: what was typed is shown, to copy."""
    ann.has(LONG_WAY)
    stale = dict(HIDDEN.findall(ann.see("purchase").text))
    ann.send()
    answer = ann.client.post(f"{ann.at}/purchase", data=stale | {"purpose": "too late"})

    assert answer.status_code == 409
    assert "too late" in answer.text


@pytest.mark.parametrize("name", ["contacts-x-name", "contacts-²-name", "contacts-99999-name"])
def test_a_row_whose_number_is_none_is_left_out(ann, name):
    """No browser sends such a row."""
    ann.has(LONG_WAY)
    answer = ann.type("people", {name: "Jo", "contacts-3-name": "Kim"}, go="add-contacts")

    assert answer.status_code == 302
    assert 'value="Kim"' in ann.see("people").text
    assert 'value="Jo"' not in ann.see("people").text


@pytest.mark.parametrize("page", ["purchase", "purchase/keep"])
def test_a_sent_request_keeps_its_answers_though_it_is_withdrawn(database, ann, page):
    """Withdraw, type, take up: what the tier was computed from is what was sent."""
    ann.has(LONG_WAY)
    stale = dict(HIDDEN.findall(ann.see("purchase").text))
    ann.send()
    ann.client.post(f"{ann.at}/withdraw", data=stale)
    answer = ann.client.post(f"{ann.at}/{page}", data=stale | {"name": "Jets", "purpose": "Flies"})
    ann.client.post(f"{ann.at}/take-up", data=stale)

    assert "sent already" in answer.text
    with database.reading() as session:
        assert drafts.typed(session.get(Intake, ann.id), "purchase")["name"] == ["Parcels"]


def test_withdrawing_can_be_undone(ann):
    """The notice carries the undo; the draft comes back as it was."""
    ann.has(LONG_WAY[:2])
    ann.client.post(f"{ann.at}/withdraw", data=dict(HIDDEN.findall(ann.see().text)))
    page = ann.client.get("/intake")
    assert f'action="{ann.at}/take-up"' in page.text
    ann.client.post(f"{ann.at}/take-up", data=dict(HIDDEN.findall(page.text)))

    assert ann.see("resume").location == f"{ann.at}/quick"


def test_typing_into_a_withdrawn_request_is_kept(ann):
    """Another window withdrew it meanwhile."""
    ann.has(LONG_WAY[:1])
    stale = dict(HIDDEN.findall(ann.see("purchase").text))
    ann.client.post(f"{ann.at}/withdraw", data=stale)
    ann.client.post(f"{ann.at}/purchase", data=stale | PURCHASE)
    ann.client.post(f"{ann.at}/take-up", data=stale)

    assert ann.see("resume").location == f"{ann.at}/quick"


def test_the_list_filters_by_state(ann):
    """Tabs, counted; the state is in the address."""
    ann.has(LONG_WAY[:1])

    assert "Parcel Express" in ann.client.get("/intake?state=draft").text
    assert "Parcel Express" not in ann.client.get("/intake?state=submitted").text


def test_an_empty_list_says_how_to_begin(ann):
    """One sentence and the one action."""
    text = ann.client.get("/intake").text

    assert "No requests yet" in text
    assert 'href="/intake/new"' in text


def test_the_list_is_paged(database, ann):
    """Twenty-five a page."""
    with database.transaction() as session:
        for n in range(30):
            one = drafts.blank(session, uuid.uuid4(), requester_id=ann.user.id, now=NOON)
            one.title = f"Request {n}"
            drafts.begin(session, one, now=NOON)

    assert ann.client.get("/intake").text.count("Go on") == 25
    assert ann.client.get("/intake?page=2").text.count("Go on") == 5


ROLES = ["requester", "approver", "analyst", "admin", "auditor"]


@pytest.mark.parametrize("role", ROLES)
def test_who_may_begin_a_request(client, sign_in, role):
    """Everybody but the auditor."""
    sign_in(client, role)

    assert client.get("/intake/new").status_code == (403 if role == "auditor" else 302)


@pytest.mark.parametrize("role", ROLES)
def test_who_reads_anothers_request(ann, sign_in, role):
    """Analysts, administrators and auditors; the others have their own."""
    ann.has(LONG_WAY)
    ann.send()
    other = ann.client.application.test_client()
    sign_in(other, role)
    pages = ("", "/result", "/resume", "/vendor")
    seen = {other.get(ann.at + page, follow_redirects=True).status_code for page in pages}

    assert seen == {200 if role in ("analyst", "admin", "auditor") else 404}


@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_anothers_request(ann, sign_in, csrf, role):
    """Not even those who read it."""
    ann.has(LONG_WAY)
    other = ann.client.application.test_client()
    sign_in(other, role)
    token = {"csrf_token": csrf(other)}
    acts = ("purchase", "purchase/keep", "send", "withdraw", "take-up")
    done = {other.post(f"{ann.at}/{act}", data=token | PURCHASE).status_code for act in acts}

    assert done == {403 if role == "auditor" else 404}


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_all_requests(ann, sign_in, role):
    """In the list."""
    ann.has(LONG_WAY[:1])
    other = ann.client.application.test_client()
    sign_in(other, role)

    seen = "Parcel Express" in other.get("/intake").text
    assert seen == (role in ("analyst", "admin", "auditor"))


def test_a_stranger_is_sent_to_sign_in(client):
    """Every page of it."""
    for address in ("/intake", "/intake/new", f"/intake/{uuid.uuid4()}/vendor"):
        assert client.get(address).location.startswith("/login")


def test_a_form_without_its_token_is_refused(ann):
    """CSRF on every form."""
    assert ann.client.post(f"{ann.at}/vendor", data=VENDOR).status_code == 400


@pytest.mark.parametrize("address", ["/intake/x/vendor", "/intake/{id}/nowhere", "/intake/{id}"])
def test_what_is_not_there_is_404(ann, address):
    """Also a request that nobody began."""
    assert ann.client.get(address.format(id=uuid.uuid4())).status_code == 404


def test_a_request_of_somebody_who_left_is_still_read(database, ann, sign_in):
    """The list says so instead of a name."""
    ann.has(LONG_WAY[:1])
    with database.transaction() as session:
        session.get(Intake, ann.id).requester_id = None
        make_user(session, "requester", email="spare@example.com")
    other = ann.client.application.test_client()
    sign_in(other, "analyst")

    assert "Somebody who has left" in other.get("/intake").text
