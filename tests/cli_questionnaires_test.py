"""`vendor-risk questionnaires`: lint, list, show and the schema."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.questionnaires.samples import TEXT, spoilt
from vendor_risk.cli import main


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["questionnaires", *words], catch_exceptions=False)


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of its own, that was never set up."""
    monkeypatch.setenv("VENDOR_RISK_DATA_DIR", str(tmp_path / "var"))


@pytest.fixture
def upgraded(tmp_path: Path, set_up: Path) -> None:
    """It has an empty database, which no command need make first."""
    (tmp_path / "var").mkdir()
    shutil.copy(set_up, tmp_path / "var")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sample.yaml"
    path.write_text(TEXT)
    return path


def test_those_that_ship_are_checked() -> None:
    """Without a file, and they are good."""
    ran = call("lint")
    assert "contractor-access@1.0.0 keeps every rule" in ran.stdout
    assert ran.exit_code == 0


def test_a_fault_is_named_by_file_line_and_path(file: Path) -> None:
    """On standard error, with code 2."""
    file.write_text(spoilt("control: DL-01", "control: DL-99"))
    ran = call("lint", str(file))
    line = TEXT[: TEXT.index("control: DL-01")].count("\n") + 1
    place = f"{file}:{line}: sections[1].questions[0].control: DL-99 is no control"
    assert place in ran.stderr
    assert (ran.stdout, ran.exit_code) == ("", 2)


def test_missing_translations_are_listed(file: Path) -> None:
    """Something was found, and nothing is broken: code 1."""
    ran = call("lint", str(file))
    assert f"{file}: sections[1].title: no text in de; English is shown" in ran.stdout
    assert ran.exit_code == 1


def test_faults_for_programs(file: Path) -> None:
    """One object for each file."""
    file.write_text(spoilt("control: DL-01", "control: DL-99"))
    [row] = json.loads(call("lint", "--json", str(file)).stdout)
    assert row["faults"][0]["path"] == "sections[1].questions[0].control"


def test_a_language_can_be_asked_for() -> None:
    """Before anybody translated a first text."""
    rows = json.loads(call("lint", "--json", "--language", "fr").stdout)
    assert all("title" in row["untranslated"]["fr"] for row in rows)


def test_a_file_that_is_not_there_ends_in_a_sentence(tmp_path: Path) -> None:
    """With code 2."""
    ran = call("lint", str(tmp_path / "none.yaml"))
    assert "cannot be read" in ran.stderr
    assert ran.exit_code == 2


def test_they_are_listed() -> None:
    """With their sizes."""
    assert "contractor-access" in call("list").stdout
    rows = {row["id"]: row for row in json.loads(call("list", "--json").stdout)}
    row = rows["contractor-access"]
    assert (row["questions"], row["minutes"]) == (12, 12)
    assert len(rows) == 7


def test_one_is_shown() -> None:
    """Sections, questions, controls and minutes."""
    text = call("show", "contractor-access").stdout
    for words in ("12 questions, about 12 minutes", "Your people", "IR-02  Have you promised us"):
        assert words in text
    told = json.loads(call("show", "contractor-access", "--json").stdout)
    assert told["sections"][0]["questions"][0]["control"] == "AC-01"


def test_an_unknown_one_says_which_there_are() -> None:
    """With code 2."""
    ran = call("show", "caiq")
    assert "there are: contractor-access" in ran.stderr
    assert ran.exit_code == 2


def test_the_schema_is_printed() -> None:
    """As the file holds it."""
    assert json.loads(call("schema").stdout)["title"] == "vendor-risk-questionnaire/1"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A CSV with sixty questions in two sections."""
    path = tmp_path / "house.csv"
    rows = [f"{n};Is door {n} locked?;{'Cellar' if n > 20 else 'Roof'}" for n in range(1, 61)]
    path.write_text("\n".join(["Our list", "Nr;Was;Teil", *rows]))
    return path


def test_a_sheet_becomes_a_questionnaire(sheet: Path) -> None:
    """Columns by header or letter; more than fifty are refused until sections are chosen."""
    named = ("--header-row", "2", "--id", "Nr", "--text", "B", "--section", "Teil")
    ran = call("import", str(sheet), *named)
    assert ran.exit_code == 2
    assert "60 questions" in ran.stderr
    assert "Roof: 20, Cellar: 40" in ran.stderr
    some = ("--only", "Roof", "--about", "Roof=AC-01", "--title", "The roof")
    dry = call("import", str(sheet), *named, *some, "--dry-run")
    assert (dry.exit_code, "Nothing was written" in dry.stdout) == (0, True)
    ran = call("import", str(sheet), *named, *some)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert "house@1.0.0: 20 questions, 20 of them about a control" in ran.stdout
    again = call("import", str(sheet), "--only", "Roof", "--title", "The roof")
    assert "Nothing differs from house@1.0.0" in again.stderr  # and the columns were remembered


@pytest.mark.usefixtures("upgraded")
def test_a_sheet_that_comes_again_is_a_new_version(sheet: Path) -> None:
    """What differs is printed, what is only alike is asked about, and both versions are told."""
    named = ("--header-row", "2", "--id", "Nr", "--text", "B", "--section", "Teil")
    call("import", str(sheet), *named, "--only", "Roof", "--about", "Roof=AC-01")
    sheet.write_text(sheet.read_text().replace("1;Is door 1 l", "x1;Is door 1 well l"))
    ran = call("import", str(sheet), "--only", "Roof")
    assert (ran.exit_code, "1 of these are only proposed" in ran.stderr) == (2, True)
    ran = call("import", str(sheet), "--only", "Roof", "--as-proposed")
    assert "+ Is door 1 well locked?" in ran.stdout
    assert "house@1.1.0: 20 questions, 20 of them about a control" in ran.stdout
    [row] = [row for row in json.loads(call("list", "--json").stdout) if row["id"] == "house"]
    assert [one["version"] for one in row["versions"]] == ["1.1.0", "1.0.0"]
    assert "house.1  Is door 1 locked?" in call("show", "house@1.0.0").stdout
    assert "there are: 1.1.0, 1.0.0" in call("show", "house@3.0.0").stderr


@pytest.mark.usefixtures("upgraded")
def test_a_file_of_ones_own_is_brought(sheet: Path) -> None:
    """As YAML, with all that a sheet cannot say; the same once more is refused."""
    path = sheet.with_suffix(".yaml")
    path.write_text(spoilt("id: sample", "id: mine", TEXT))
    assert "mine@1.1.0" in call("import", str(path)).stdout
    ran = call("import", str(path))
    assert (ran.exit_code, "mine@1.1.0 is here already" in ran.stderr) == (2, True)


@pytest.mark.usefixtures("upgraded")
def test_a_sheet_without_questions_says_so(sheet: Path) -> None:
    """Nothing is guessed out of thin air."""
    ran = call("import", str(sheet), "--header-row", "2")
    assert (ran.exit_code, "which column has the questions" in ran.stderr) == (2, True)
    assert "no column “Fragen”" in call("import", str(sheet), "--text", "Fragen").stderr
