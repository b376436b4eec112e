"""The inventory from a shell: list, import, export and the report of one vendor."""

import csv
import io
import json
import shutil
import socket
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner
from sqlmodel import select

from vendor_risk.cli import main
from vendor_risk.store.audit import AuditEntry
from vendor_risk.store.engine import Database
from vendor_risk.store.models.vendors import Vendor

SUPPLIERS = """Supplier;Kreditor;Website;What we pay
Acme Tags GmbH;S-1;https://tags.acme.example/;12.000,00
Bolt Couriers;S-2;bolt.example;
;S-3;nameless.example;
Acme Tags;S-4;shop.acme.example;
"""


@pytest.fixture
def nothing(tmp_path, monkeypatch):
    """`nothing("vendors", "list")`: run the command in an empty folder, where no database is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VENDOR_RISK_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "suppliers.csv").write_text(SUPPLIERS)
    return lambda *words: CliRunner().invoke(main, words, catch_exceptions=False)


@pytest.fixture
def call(nothing, tmp_path, set_up):
    """The same on an empty database, which it need not make first."""
    (tmp_path / "var").mkdir()
    shutil.copy(set_up, tmp_path / "var")
    return nothing


@pytest.fixture
def filled(call):
    """The same, after the import of the good lines."""
    assert call("vendors", "import", "suppliers.csv").exit_code == 1
    return call


@pytest.fixture
def rows(tmp_path):
    """`rows(Model)`: what the database holds."""

    def rows(model):
        database = Database(f"sqlite:///{tmp_path / 'var' / 'vendor-risk.db'}")
        with database.reading() as session:
            found = session.exec(select(model)).all()
        database.close()
        return found

    return rows


def test_import_enters_the_good_lines_and_names_the_others(nothing, rows):
    """Exit code 1 says that a line was wrong; a line that looks like an earlier one is left out."""
    ran = nothing("vendors", "import", "suppliers.csv")

    assert ran.exit_code == 1
    assert "2 lines entered" in ran.stdout
    assert "line 5: Acme Tags is like an earlier line" in ran.stdout
    assert "line 4: Name:" in ran.stderr
    assert {(one.name, one.supplier_number, one.in_use) for one in rows(Vendor)} == {
        ("Acme Tags GmbH", "S-1", True),
        ("Bolt Couriers", "S-2", True),
    }
    assert {one.actor_kind for one in rows(AuditEntry)} == {"command"}


def test_dry_run_writes_nothing(call, rows):
    """Neither a vendor nor an entry of the audit log."""
    ran = call("vendors", "import", "suppliers.csv", "--dry-run")

    assert "2 lines would be entered" in ran.stdout
    assert "Nothing was written." in ran.stdout
    assert rows(Vendor) == []
    assert rows(AuditEntry) == []


def test_lines_with_errors_are_kept_in_a_file(call, tmp_path):
    """Mend it and import it again."""
    call("vendors", "import", "suppliers.csv", "--failed", "wrong.csv")

    lines = list(csv.reader((tmp_path / "wrong.csv").open(encoding="utf-8-sig"), delimiter=";"))
    assert lines[0][-2:] == ["Line", "What is wrong"]
    assert [line[1] for line in lines[1:]] == ["S-3"]


def test_second_import_updates_by_supplier_number(filled, rows, tmp_path):
    """Or leaves known vendors alone, where that is said."""
    (tmp_path / "later.csv").write_text("Name,Supplier number\nBolt Parcels,S-2\n")

    left = filled("vendors", "import", "later.csv", "--leave-known")
    assert "Bolt Couriers" in {one.name for one in rows(Vendor)}, left.output

    filled("vendors", "import", "later.csv")
    assert {one.name for one in rows(Vendor)} == {"Acme Tags GmbH", "Bolt Parcels"}


def test_a_column_can_be_named(call, rows, tmp_path):
    """Where a header says nothing, the person does."""
    (tmp_path / "odd.csv").write_text("A,B\nAcme,S-1\n")

    refused = call("vendors", "import", "odd.csv")
    assert refused.exit_code == 2
    assert "Say which column has the vendor's name." in refused.stderr

    assert call(
        "vendors", "import", "odd.csv", "--column", "A=name", "--column", "B=supplier_number"
    ).exit_code == 0  # fmt: skip
    assert [(one.name, one.supplier_number) for one in rows(Vendor)] == [("Acme", "S-1")]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("vendors", "import", "nothing.csv"), "No such file"),
        (("vendors", "import", "suppliers.csv", "--column", "Q=name"), "there is no column “Q”"),
        (("vendors", "import", "suppliers.csv", "--column", "Supplier=x"), "cannot be “x”"),
        (("vendors", "list", "--tier", "7"), "tier = “7”"),
        (("vendors", "list", "--sort", "colour"), "sort = “colour”"),
        (("vendors", "list", "--owner", "no@body.example"), "nobody here has the address"),
        (("vendors", "export", "out.pdf"), "neither .csv nor .xlsx"),
        (("vendors", "export", "no/out.csv"), "does not exist"),
        (("report", "vendor", "Nobody"), "no vendor is called Nobody"),
        (("report", "vendor", "Bolt Couriers", "--pdf", "no/x.pdf"), "does not exist"),
    ],
)
def test_what_cannot_be_is_one_clear_sentence(nothing, words, says):
    """Exit code 2, and what to do."""
    ran = nothing(*words)

    assert ran.exit_code == 2
    assert says in ran.stderr
    assert "Traceback" not in ran.output


def test_a_part_of_a_name_offers_the_vendors_that_have_it(filled):
    """With their ids, so that one of them can be given; never more than three."""
    ran = filled("report", "vendor", "couri")

    assert ran.exit_code == 2
    assert "no vendor is called couri\n  Did you mean one of these?" in ran.stderr
    assert "  Bolt Couriers\n" in ran.stderr
    assert "Acme" not in ran.stderr


def test_a_database_of_a_newer_version_is_left_alone(filled, tmp_path):
    """The sentence says so, and nothing is tried."""
    with closing(sqlite3.connect(tmp_path / "var" / "vendor-risk.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()

    ran = filled("vendors", "list")

    assert ran.exit_code == 2
    assert "newer" in ran.stderr


def test_a_demonstration_that_runs_is_not_cleared(nothing, tmp_path, monkeypatch):
    """The port is tried before the samples begin again."""
    kept = tmp_path / "var" / "demo" / "kept"
    kept.parent.mkdir(parents=True)
    kept.touch()
    # The command sets these for the processes that it starts; they must not outlive the test.
    for name, value in (("DEMO", "0"), ("DATABASE_URL", ""), ("ORGANISATION", "Ours")):
        monkeypatch.setenv(f"VENDOR_RISK_{name}", value)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("VENDOR_RISK_PORT", str(taken.getsockname()[1]))
        ran = nothing("demo", "--fresh")

    assert ran.exit_code == 2
    assert "is taken" in ran.stderr
    assert kept.exists()


def test_a_workbook_is_no_csv(call, tmp_path):
    """The sentence says how to save it."""
    (tmp_path / "book.csv").write_bytes(b"PK\x03\x04rest")

    ran = call("vendors", "import", "book.csv")

    assert ran.exit_code == 2
    assert "save the sheet as “CSV UTF-8”" in ran.stderr


def test_list_shows_what_matches(filled):
    """As a table, and for programs."""
    ran = filled("vendors", "list", "--q", "bolt")
    assert "Bolt Couriers" in ran.stdout
    assert "Acme" not in ran.stdout
    assert "1 of 1." in ran.stdout

    (found,) = json.loads(filled("vendors", "list", "--q", "acme", "--json").stdout)
    assert (found["name"], found["domain"], found["tier"], found["in_use"]) == (
        "Acme Tags GmbH",
        "tags.acme.example",
        None,
        True,
    )


def test_list_says_how_many_it_left_out(filled):
    """Nobody takes a part for the whole."""
    assert "1 of 2. All of them: --most 0" in filled("vendors", "list", "--most", "1").stdout
    assert "2 of 2." in filled("vendors", "list", "--most", "0").stdout
    assert filled("vendors", "list", "--q", "zzz").stdout == "No vendor matches.\n"


def test_export_writes_the_filtered_set(filled, tmp_path):
    """The same lines as the page exports, as CSV, as a workbook, and into a pipe."""
    assert "1 vendor in out.csv" in filled("vendors", "export", "out.csv", "--q", "acme").stdout
    lines = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8-sig")))
    assert [line["Name"] for line in lines] == ["Acme Tags GmbH"]

    assert filled("vendors", "export", "out.xlsx").exit_code == 0
    assert (tmp_path / "out.xlsx").read_bytes().startswith(b"PK")

    piped = filled("vendors", "export", "-").stdout_bytes.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(piped)))) == 3


@pytest.mark.parametrize("name", ["S-2", "bolt.example", "bolt couriers", "id"])
def test_report_of_one_vendor(filled, rows, tmp_path, name):
    """By id, supplier number, domain or name; the report is numbered, kept and written."""
    bolt = next(one for one in rows(Vendor) if one.name == "Bolt Couriers")

    ran = filled("report", "vendor", str(bolt.id) if name == "id" else name, "--json")

    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout)
    assert (tmp_path / said["pdf"]).read_bytes().startswith(b"%PDF-1.7")
    assert said["pdf"] == f"{said['number']}.pdf"
    assert len(said["sha256"]) == 64


def test_a_name_that_two_vendors_have_needs_an_id(filled, tmp_path):
    """The ids to choose from are listed."""
    (tmp_path / "twin.csv").write_text("Name\nBolt Couriers Ltd\n")
    filled("vendors", "import", "twin.csv", "--enter-alike")

    ran = filled("report", "vendor", "Bolt Couriers")

    assert ran.exit_code == 2
    assert ran.stderr.count("Bolt Couriers") >= 3


def test_report_of_the_portfolio_is_issued_and_known_again(filled, tmp_path):
    """The PDF is written; the file is one of ours, a changed copy is not."""
    said = json.loads(filled("report", "portfolio", "--pdf", "board.pdf", "--json").stdout)
    content = (tmp_path / "board.pdf").read_bytes()
    (tmp_path / "changed.pdf").write_bytes(content + b"\n")

    ours = filled("report", "verify", "board.pdf")
    changed = filled("report", "verify", "changed.pdf", "--json")
    missing = filled("report", "verify", "gone.pdf")

    assert content.startswith(b"%PDF-1.7")
    assert (ours.exit_code, f"is report {said['number']}" in ours.stdout) == (0, True)
    assert (changed.exit_code, json.loads(changed.stdout)["issued"]) == (1, False)
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (2, True)


def test_the_dossier_of_a_vendor_is_issued(filled, tmp_path):
    """With its lists inside, and known again."""
    said = json.loads(
        filled("report", "dossier", "Bolt Couriers", "--pdf", "d.pdf", "--json").stdout
    )

    ours = filled("report", "verify", "d.pdf")

    assert (tmp_path / "d.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert (ours.exit_code, f"is report {said['number']}" in ours.stdout) == (0, True)


def test_a_report_in_a_language_that_there_is_none_of(filled):
    """The languages that there are stand in the answer."""
    ran = filled("report", "portfolio", "--language", "xx")

    assert (ran.exit_code, "en, de" in ran.stderr) == (2, True)
