"""A CSV becomes vendors: however it was saved, line by line, all good lines or none."""

import csv
import datetime as dt
import io

import pytest
from sqlmodel import Session, select

from tests.factories import NOON, make_user
from vendor_risk.store.models.vendors import Domain, Engagement, Vendor, VendorImport, VendorState
from vendor_risk.workflow import contacts, csv_file, domains, engagements, imports, vendors
from vendor_risk.workflow.csv_file import CsvRefused
from vendor_risk.workflow.import_columns import guess, minor_units
from vendor_risk.workflow.import_trial import Policy, Trial, try_out
from vendor_risk.workflow.vendors import VendorRefused

BY = {"now": NOON, "actor": "test"}
FULL = """\
Supplier;Number;Web;Category;Owner email;Status;Service;Entity;Spend;Currency;Contact;E-Mail;Role
Northwind Payroll GmbH;4711;https://www.northwind.example/de shop.northwind.example;hr, EU;\
ann@example.com;approved;Payroll;Acme DE;12.500,50;eur;Jana Ortiz;jana@northwind.example;\
security, privacy
"""


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


def up(session: Session, text: str, encoding: str = "utf-8") -> VendorImport:
    return imports.upload(session, filename="v.csv", raw=text.encode(encoding), **BY)


def apply(session: Session, row: VendorImport, **policy: bool) -> None:
    list(imports.apply(session, row, Policy(**policy), **BY))
    session.commit()


def errors(trial: Trial) -> dict[int, list[str]]:
    return {
        fate.entry.line.number: [each.message for each in fate.entry.errors]
        for fate in trial.of("wrong")
    }


def names(session: Session) -> list[str]:
    return sorted(session.exec(select(Vendor.name)))


# the file


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_found(separator):
    """Whatever Excel wrote between the cells is taken, also with others within them."""
    cells = [["Name", "Tags"], ["Acme, Inc.", "a;b"], ["Beta", "c"]]
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(cells)

    table = csv_file.read(out.getvalue())

    assert table.separator == separator
    assert [line.cells for line in table.lines] == [("Acme, Inc.", "a;b"), ("Beta", "c")]


@pytest.mark.parametrize(
    ("raw", "windows"),
    [
        ("Name\nMüller\n".encode(), False),
        ("Name\nMüller\n".encode("utf-8-sig"), False),
        ("Name\nMüller\n".encode("utf-16"), False),
        ("Name\nMüller\n".encode("cp1252"), True),
    ],
)
def test_the_encoding_is_found(raw, windows):
    """UTF-8 with and without a mark, Excel's Unicode, and Windows text, which is told."""
    text, was_windows = csv_file.decode(raw)

    assert csv_file.read(text).lines[0].cells == ("Müller",)
    assert was_windows is windows


def test_a_line_bears_the_number_an_editor_shows():
    """Line breaks within a cell and empty lines count."""
    table = csv_file.read('Name,Tags\n"Two\nlines",a\n\n,\nBeta,b\n')

    assert [line.number for line in table.lines] == [2, 6]


def test_a_line_too_short_is_filled_and_one_too_long_is_told():
    """Cells that are missing are empty; cells too many mean a separator within a cell."""
    table = csv_file.read("Name;Tags\nAcme\nBeta;b;c;d\n")

    assert [(line.cells, line.surplus) for line in table.lines] == [
        (("Acme", ""), 0),
        (("Beta", "b"), 2),
    ]


def test_excels_own_hint_is_read():
    """A first line sep=; is no header."""
    table = csv_file.read("sep=;\nName;Tags\nAcme;a,b\n")

    assert (table.header, table.lines[0].number) == (("Name", "Tags"), 3)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"Name\n", "no line below"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "workbook"),
        (b"Name\x00\nA\n", "no text file"),
        (b"Name\n\x81\n", "neither UTF-8 nor Windows"),
        (b'Name,Tags\n"Acme,a\nBeta,b\n', "Line 2 cannot be read"),
        (b"Name\n" + b"A\n" * (csv_file.MOST_LINES + 1), "split it"),
        (b"x" * (csv_file.MOST_BYTES + 1), "split it"),
        (b",".join([b"a"] * 101) + b"\n1\n", "101 columns"),
        (b"Name\n" + b"x" * 200_000 + b"\n", "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_with_the_mend(raw, words):
    """Each kind of wrong file has its sentence."""
    with pytest.raises(CsvRefused, match=words):
        csv_file.read(csv_file.decode(raw)[0])


@pytest.mark.parametrize("cell", ["=1+1", "+49 30", "-5", "@me", "plain", "'quoted"])
def test_a_guarded_cell_reads_back_as_it_was(cell):
    """What was guarded against spreadsheets comes in again unchanged."""
    guarded = csv_file.guarded(cell)

    assert not guarded.startswith(("=", "+", "-", "@"))
    assert csv_file.read(f"Name\n{guarded}\n").lines[0].cells == (cell,)


# the columns


def test_columns_are_guessed_from_their_names():
    """Names that purchasing systems give are known, each thing once."""
    assert guess(["Lieferant", "Kreditor", "Colour", "E-Mail", "Firma"]) == {
        "0": "name",
        "1": "supplier_number",
        "3": "contact_email",
    }


def test_the_columns_chosen_last_time_are_remembered(session):
    """A file with the same header gets what was chosen for the last one that was imported."""
    first = up(session, "Spalte A;Spalte B\nAcme;acme.example\n")
    imports.choose_columns(session, first, {"0": "name", "1": "domains"})
    apply(session, first)

    again = up(session, "SPALTE a;Spalte B\nBeta;beta.example\n")

    assert again.mapping == {"0": "name", "1": "domains"}


@pytest.mark.parametrize("mapping", [{"1": "domains"}, {"0": "name", "1": "name"}, {"x": "name"}])
def test_columns_that_cannot_be_are_refused(session, mapping):
    """A name is needed, and no thing stands in two columns."""
    row = up(session, "A;B\n1;2\n")

    with pytest.raises(VendorRefused):
        imports.choose_columns(session, row, mapping)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12500", "EUR", 1250000),
        ("12.500,50", "EUR", 1250050),
        ("12,500.50", "USD", 1250050),
        ("1.234", "EUR", 123400),
        ("1.234.567", "EUR", 123456700),
        ("12,5", "EUR", 1250),
        ("CHF 1'000.05", "CHF", 100005),
        ("€ 99,90", "EUR", 9990),
        ("5000", "JPY", 5000),
        ("0", "EUR", 0),
    ],
)
def test_amounts_are_read_however_they_are_marked(text, currency, minor):
    """Thousands and decimals of several countries give whole minor units."""
    assert minor_units(text, currency) == minor


@pytest.mark.parametrize("text", ["much", "-5", "1.005,123", "NaN", "1e9999", "9" * 30])
def test_what_is_no_amount_is_refused(text):
    """Words, negative amounts and fractions of a cent are told."""
    with pytest.raises(VendorRefused):
        minor_units(text, "EUR")


# the dry run


def test_each_wrong_cell_is_told_by_line_and_column(session):
    """One sentence for each thing that is wrong, and nothing is written."""
    row = up(
        session,
        "Name;Number;Domains;Owner;State;Spend;Currency;Contact email;Contact roles\n"
        ";1;ok.example;;;;;;\n"
        "Acme;1;10.0.0.1;nobody@example.com;gold;12;;x;boss\n"
        "Beta;2;b.example;;;12;;;\n",
    )

    found = errors(try_out(session, row))

    assert found == {
        2: ["Name: Give the vendor's name."],
        3: [
            "Domains: 10.0.0.1 is an IP address: give the vendor's host name, such as "
            "shop.example.",
            "Owner's e-mail: nobody@example.com has no account here.",
            "State: “gold” is none of prospect, assessing, approved, conditional, rejected, "
            "offboarding.",
            "Contact's e-mail: x is no e-mail address: write it like jana@vendor.example.",
            "Contact's roles: “boss” is none of security, privacy, commercial.",
            "Spend a year: give the currency too.",
            "Supplier number: line 2 has 1 too.",
        ],
        4: ["Spend a year: give the currency too."],
    }
    assert names(session) == []


HOSTS = [f"h{n}.example" for n in range(51)]
TAGS = [f"t{n}" for n in range(31)]


def test_a_line_has_no_more_than_a_vendor_may_have(session):
    """Fifty domains and thirty tags, as on the pages; the same one twice is one."""
    lines = [
        f"Many;{' '.join(HOSTS)};",
        f"Most;{' '.join(HOSTS[:50] * 2)};",
        f"Tagged;;{','.join(TAGS)}",
        f"Marked;;{','.join(TAGS[:30] * 2)}",
    ]
    trial = try_out(session, up(session, "Name;Domains;Tags\n" + "\n".join(lines)))

    assert errors(trial) == {
        2: ["Domains: A vendor has at most 50 domains."],
        4: ["Tags: A vendor bears at most 30 tags."],
    }


def test_an_update_adds_no_more_than_a_vendor_may_have(session):
    """What it has counts; the other lines go in."""
    acme = vendors.create_vendor(session, name="Acme", supplier_number="1", tags=TAGS[:29], **BY)
    full = vendors.create_vendor(session, name="Full", supplier_number="2", **BY)
    for host in HOSTS[:50]:
        domains.add_domain(session, full, host, **BY)
    text = (
        "Name;Number;Domains;Tags\n"
        f"Acme;1;acme.example;{','.join(TAGS[28:31])}\n"
        f"Full;2;{HOSTS[50]};x\n"
        "Beta;3;beta.example;x\n"
    )
    row = up(session, text)

    assert errors(try_out(session, row)) == {
        2: ["Tags: with those it has, it would bear more than 30."],
        3: ["Domains: with those it has, it would have more than 50."],
    }
    apply(session, row)
    assert names(session) == ["Acme", "Beta", "Full"]
    assert len(domains.domains_of(session, acme.id)) == 0


def test_a_known_number_is_an_update_or_left_alone(session):
    """The person chooses what becomes of vendors that we have."""
    vendors.create_vendor(session, name="Acme", supplier_number="1", **BY)
    row = up(session, "Name;Number\nAcme AG;1\n")

    assert [f.what for f in try_out(session, row, Policy(update=True)).fates] == ["update"]
    assert [f.what for f in try_out(session, row, Policy(update=False)).fates] == ["skip"]


def test_an_archived_vendor_is_not_brought_back_by_a_list(session):
    """Its line is left out whatever was chosen."""
    gone = vendors.create_vendor(session, name="Acme", supplier_number="1", **BY)
    vendors.archive(session, gone, **BY)
    row = up(session, "Name;Number\nAcme;1\n")

    (fate,) = try_out(session, row, Policy(update=True)).fates

    assert (fate.what, fate.likenesses[0].archived) == ("skip", True)


def test_an_alike_vendor_is_left_out_or_entered(session):
    """A line whose domain or name we have is offered with the reason."""
    acme = vendors.create_vendor(session, name="Acme Logistics", **BY)
    domains.add_domain(session, acme, "acme.example", **BY)
    row = up(session, "Name;Web\nAcme Logistic;\nElse;www.acme.example\nOther;other.example\n")

    left_out = try_out(session, row, Policy(skip_alike=True))
    entered = try_out(session, row, Policy(skip_alike=False))

    assert [fate.what for fate in left_out.fates] == ["skip", "skip", "new"]
    assert [fate.what for fate in entered.fates] == ["new", "new", "new"]
    assert [f.likenesses[0].reason.name for f in left_out.of("skip")] == ["NAME", "DOMAIN"]


def test_alike_lines_of_one_file_are_told(session):
    """The earlier line is entered, the later one names it."""
    row = up(
        session, "Name;Web\nAcme Logistics;\nAcme Logistic;\nElse;e.example\nOther;e.example\n"
    )

    fates = try_out(session, row).fates

    assert [fate.what for fate in fates] == ["new", "skip", "new", "skip"]
    assert [fate.twin.line for fate in fates if fate.twin] == [2, 4]


# applying


def test_a_full_line_becomes_a_vendor_with_all_it_says(session):
    """Every column lands where the forms would have put it; no file approves a vendor."""
    owner = make_user(session, "analyst", email="ann@example.com")
    apply(session, up(session, FULL))

    vendor = session.exec(select(Vendor)).one()
    assert (vendor.name, vendor.supplier_number, vendor.state, vendor.owner_id) == (
        "Northwind Payroll GmbH",
        "4711",
        VendorState.ASSESSING,
        owner.id,
    )
    assert (vendor.in_use, vendor.triaged_at, vendor.tier) == (True, None, None)
    assert vendors.tags_of(session, vendor.id) == ["eu", "hr"]
    assert [(d.host, d.host_class) for d in domains.domains_of(session, vendor.id)] == [
        ("www.northwind.example", "main"),
        ("shop.northwind.example", "other"),
    ]
    (contact,) = contacts.contacts_of(session, vendor.id)
    assert (contact.name, contact.email, contact.roles) == (
        "Jana Ortiz",
        "jana@northwind.example",
        ["security", "privacy"],
    )
    bought = session.exec(select(Engagement)).one()
    assert (bought.name, bought.legal_entity, bought.spend_minor, bought.currency) == (
        "Payroll",
        "Acme DE",
        1250050,
        "EUR",
    )


def test_an_imported_row_is_what_the_steps_would_write(session):
    """No column differs between a vendor typed in and one that came by import."""
    apply(session, up(session, "Name;Domain;Tags\nAcme GmbH;acme.example;eu\n"))
    typed = vendors.create_vendor(
        session, name="Acme GmbH", tags=["eu"], state=VendorState.ASSESSING, in_use=True, **BY
    )
    domains.add_domain(session, typed, "acme.example", **BY)
    session.commit()
    session.expire_all()

    rows = [row.model_dump(exclude={"id", "updated_at"}) for row in session.exec(select(Vendor))]
    hosts = [row.model_dump(exclude={"id", "vendor_id"}) for row in session.exec(select(Domain))]
    assert rows[0] == rows[1]
    assert hosts[0] == hosts[1]


def test_good_lines_go_in_and_wrong_ones_can_be_had(session):
    """Lines with an error are left out, and come back with the reason."""
    row = up(session, "Name;Tags\n;a\n=Acme;b\n")
    apply(session, row)

    assert names(session) == ["=Acme"]
    assert row.counts == {"lines": 2, "windows": 0, "new": 1, "update": 0, "skip": 0, "wrong": 1}
    failed = list(csv.reader(io.StringIO(row.content), delimiter=";"))
    assert failed == [
        ["Name", "Tags", "Line", "What is wrong"],
        ["", "a", "2", "Name: Give the vendor's name."],
    ]


def test_an_update_says_what_the_line_says_and_keeps_the_rest(session):
    """Empty cells change nothing; a second time changes nothing at all."""
    vendor = vendors.create_vendor(
        session, name="Acme", supplier_number="1", tags=["old"], state=VendorState.APPROVED, **BY
    )
    domains.add_domain(session, vendor, "acme.example", **BY)
    text = (
        "Name;Number;Web;Tags;State;Spend;Currency;Contact;Contact email\n"
        "Acme AG;1;acme.example, new.example;new;;100;EUR;Jana;jana@acme.example\n"
    )
    apply(session, up(session, text))
    revision = vendor.revision
    apply(session, up(session, text))

    assert (vendor.name, vendor.name_key, vendor.state, vendor.in_use) == (
        "Acme AG",
        "acme",
        VendorState.APPROVED,
        True,
    )
    assert vendors.tags_of(session, vendor.id) == ["new", "old"]
    assert len(domains.domains_of(session, vendor.id)) == 2
    assert len(contacts.contacts_of(session, vendor.id)) == 1
    assert session.exec(select(Engagement.spend_minor)).all() == [10000]
    assert vendor.revision == revision


@pytest.mark.parametrize(
    ("had", "service", "adds", "edits", "after"),
    [
        ((), "", "Purchases", "", {"Purchases": 10000}),
        (("Payroll",), "", "", "Payroll", {"Payroll": 10000}),
        (("Payroll",), "payroll", "", "Payroll", {"Payroll": 10000}),
        (("Payroll",), "Print", "Print", "", {"Payroll": 500, "Print": 10000}),
        (("A", "B"), "", "Purchases", "", {"A": 500, "B": 500, "Purchases": 10000}),
        (("A", "Purchases"), "", "", "Purchases", {"A": 500, "Purchases": 10000}),
    ],
)
def test_an_amount_goes_to_the_engagement_that_the_dry_run_names(
    session, had, service, adds, edits, after
):
    """Without a name it is the one that the vendor has; of several nobody can tell which."""
    vendor = vendors.create_vendor(session, name="Acme", supplier_number="1", **BY)
    for name in had:
        terms = engagements.Terms(name, spend_minor=500, currency="CHF")
        engagements.add_engagement(session, vendor, terms, **BY)
    row = up(session, f"Name;Number;Service;Spend;Currency\nAcme;1;{service};100;EUR\n")

    fate = try_out(session, row).fates[0]
    apply(session, row)

    assert (fate.adds, fate.edits) == (adds, edits)
    assert dict(session.exec(select(Engagement.name, Engagement.spend_minor)).all()) == after


def test_an_engagement_that_ended_is_not_the_one_that_a_line_means(session):
    """The amount of today belongs to what stands."""
    vendor = vendors.create_vendor(session, name="Acme", supplier_number="1", **BY)
    old = engagements.add_engagement(session, vendor, engagements.Terms("Old"), **BY)
    old.ended_at = NOON
    row = up(session, "Name;Number;Spend;Currency\nAcme;1;100;EUR\n")

    assert try_out(session, row).fates[0].adds == "Purchases"


@pytest.mark.parametrize(("changed", "left_out"), [(False, 0), (True, 1)])
def test_what_was_planned_is_done_unless_a_vendor_changed_since(session, changed, left_out):
    """The plan is made while others write, so it is looked at again when they did."""
    row = up(session, "Name\nAcme\nBeta\n")
    session.commit()
    planned = imports.plan(session, row)
    if changed:
        vendors.create_vendor(session, name="Acme", **BY)
        session.commit()
    list(imports.apply(session, row, planned=planned, **BY))
    session.commit()

    assert row.counts["skip"] == left_out
    assert names(session) == ["Acme", "Beta"]


def test_a_plan_for_other_columns_is_made_anew(session):
    """Somebody chose them in another window meanwhile."""
    row = up(session, "Name;Vendor\nAcme;Beta\n")
    session.commit()
    planned = imports.plan(session, row)
    imports.choose_columns(session, row, {"1": "name"})
    session.commit()
    list(imports.apply(session, row, planned=planned, **BY))

    assert names(session) == ["Beta"]


def test_of_an_imported_file_only_the_wrong_lines_are_kept(session):
    """They are still to be mended; the rest, which names people, is in the inventory."""
    row = up(session, "Name;Contact\nAcme;Jana\n;Otto\n")
    apply(session, row)

    assert "Jana" not in row.content
    assert "Otto" in row.content


def test_of_a_file_that_went_in_whole_nothing_is_kept(session):
    """There is nothing to mend."""
    row = up(session, "Name;Contact\nAcme;Jana\n")
    apply(session, row)

    assert row.content == ""


def test_files_of_long_ago_are_forgotten(session):
    """A month after they came, with the next one that comes."""
    begun, done = up(session, "Name\nAcme\n"), up(session, "Name;Contact\n;Otto\n")
    apply(session, done)
    later = BY | {"now": NOON + dt.timedelta(days=31)}
    imports.upload(session, filename="v.csv", raw=b"Name\nBeta\n", **later)
    session.commit()
    session.expire_all()

    assert session.get(VendorImport, begun.id) is None
    assert done.content == ""


def test_a_file_is_imported_once(session):
    """The second click is told."""
    row = up(session, "Name\nAcme\n")
    apply(session, row)

    with pytest.raises(VendorRefused, match="already"):
        apply(session, row)

    assert names(session) == ["Acme"]


def test_an_import_that_breaks_leaves_nothing(session):
    """Stopped in the middle and rolled back, no line is in."""
    lines = "".join(f"Vendor {chr(65 + n % 26) * 9} {n * 7919}\n" for n in range(1200))
    row = up(session, f"Name\n{lines}")
    session.commit()

    steps = imports.apply(session, row, Policy(skip_alike=False), **BY)
    assert [next(steps), next(steps)] == [(0, 1200), (500, 1200)]
    session.rollback()

    assert names(session) == []
    assert session.exec(select(VendorImport.state)).one() == "uploaded"


def test_the_content_is_sealed(session):
    """A list of vendors with contacts does not lie open in the database."""
    up(session, "Name;Contact\nAcme;Jana Ortiz\n")
    session.commit()

    stored = session.connection().exec_driver_sql("SELECT content FROM vendor_import").scalar_one()
    assert b"Jana" not in bytes(stored)
