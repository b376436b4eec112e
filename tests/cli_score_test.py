"""`vendor-risk score`: snapshots in, scores out, and a clear sentence for what is none."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vendor_risk.cli import main

GOLDEN = Path(__file__).parent / "scoring" / "golden"
DOCS = Path(__file__).parents[1] / "docs" / "scores.md"
PLAIN = json.loads((GOLDEN / "1.0.0-contractor-all-met.json").read_text())
CAPPED = json.loads((GOLDEN / "1.0.0-contractor-single-factor.json").read_text())


def call(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, ["score", *words], input=stdin)


def test_a_file_is_scored(tmp_path: Path) -> None:
    """The JSON of the golden file, and code 0."""
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps(PLAIN["snapshot"], indent=2))
    ran = call(str(path))
    assert json.loads(ran.stdout) == PLAIN["score"]
    assert ran.exit_code == 0


def test_lines_are_answered_line_by_line() -> None:
    """A knock-out is code 1."""
    text = "\n".join(json.dumps(each["snapshot"]) for each in (PLAIN, CAPPED))
    ran = call("-", stdin=text)
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert told == [PLAIN["score"], CAPPED["score"]]
    assert ran.exit_code == 1


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({"as_of": "soon"}, "as_of"),
        ({"claims": [{"control": "AC-01", "level": 100, "source": "self"}]}, "date"),
        ({"knockouts": ["KO-77"]}, "KO-77 is no knock-out"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_line_is_refused_and_the_others_stay_in_step(
    spoilt: dict[str, object], words: str
) -> None:
    """Evidence without a date, a typing error, an id that nobody knows: named, with code 2."""
    text = "\n".join(json.dumps(each) for each in (PLAIN["snapshot"] | spoilt, PLAIN["snapshot"]))
    ran = call("-", stdin=text)
    first, second = (json.loads(line) for line in ran.stdout.splitlines())
    assert words in first["error"]
    assert (first["line"], second) == (1, PLAIN["score"])
    assert words in ran.stderr
    assert ran.exit_code == 2


def test_it_is_told_in_words() -> None:
    """The three numbers, every line with its sum, and what to do next."""
    ran = call("-", "--explain", stdin=json.dumps(CAPPED["snapshot"]))
    text = " ".join(ran.stdout.split())
    assert "Inherent risk 58 (tier 2), assurance 49 D (0 to 49)" in text
    assert "KO-02" in text
    assert "A reviewed proof of AC-01 narrows" in text


def test_the_backtest_says_what_it_is_not() -> None:
    """Nine rows with their warning."""
    text = " ".join(call("--backtest").stdout.split())
    assert "not a validation" in text
    assert text.count("T1") + text.count("T2") == 9


def test_another_model_is_tried(tmp_path: Path) -> None:
    """It has a version and a hash of its own."""
    source = Path(__file__).parents[1] / "vendor_risk" / "scoring" / "models" / "1.0.0.yaml"
    other = tmp_path / "other.yaml"
    text = source.read_text().replace('version: "1.0.0"', 'version: "1.1.0-trial"')
    other.write_text(re.sub(r"self: 6500", "self: 5000", text))
    ran = call("-", "--model", str(other), stdin=json.dumps(PLAIN["snapshot"]))
    told = json.loads(ran.stdout)
    assert (told["model"], told["final"]) == ("1.1.0-trial", 5000)
    assert told["model_sha256"] != PLAIN["score"]["model_sha256"]


def test_a_broken_model_is_refused(tmp_path: Path) -> None:
    """With the rule that it breaks, before anything is scored."""
    other = tmp_path / "broken.yaml"
    other.write_text("version: '2'")
    ran = call("-", "--model", str(other), stdin=json.dumps(PLAIN["snapshot"]))
    assert "is refused" in ran.stderr
    assert (ran.stdout, ran.exit_code) == ("", 2)


def test_nothing_given_says_what_to_give() -> None:
    """Instead of waiting for a keyboard."""
    ran = call()
    assert "no snapshot was given" in ran.stderr
    assert ran.exit_code == 2


def test_the_example_of_the_document_works() -> None:
    """Whoever copies it gets a score."""
    (example,) = re.findall(r"```json\n(.*?)```", DOCS.read_text(), flags=re.DOTALL)
    ran = call("-", stdin=example)
    assert json.loads(ran.stdout)["tier"] == 2, ran.stderr


def test_lifting_the_knockout_that_holds_the_score_is_the_way_up() -> None:
    """Named with the total that it would give: in words, and in JSON where it is asked for."""
    text = " ".join(call("-", "--explain", stdin=json.dumps(CAPPED["snapshot"])).stdout.split())
    assert "Lifting KO-02 adds 16, to 65 C. KO-02: Demand a second factor" in text
    told = json.loads(call("-", "--advice", stdin=json.dumps(CAPPED["snapshot"])).stdout)
    (way,) = told.pop("fastest_way_up")
    assert way == {"close": [], "lift": ["KO-02"], "lifts": ["KO-02"], "gains": 1600, "then": 6500}
    assert len(told.pop("cheapest_proofs")) == 3
    assert told == CAPPED["score"]


@pytest.fixture
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with a model of somebody's own, and a file that is none."""
    folder = tmp_path / "models"
    folder.mkdir()
    source = Path(__file__).parents[1] / "vendor_risk" / "scoring" / "models" / "1.0.0.yaml"
    changed = re.sub(r"(?m)^version: .*$", 'version: "1.0.0-ours"', source.read_text())
    (folder / "any-name.yaml").write_text(changed)
    (folder / "broken.yaml").write_text("version: 7")
    monkeypatch.setenv("VENDOR_RISK_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("VENDOR_RISK_MODELS_DIR", raising=False)
    return folder


@pytest.mark.usefixtures("own_models")
def test_a_model_of_the_data_directory_is_found_by_its_version() -> None:
    """Whatever its file is called; and so is that of a score that names it."""
    ran = call("-", "--model", "1.0.0-ours", stdin=json.dumps(PLAIN["snapshot"]))
    told = json.loads(ran.stdout)
    assert told["model"] == "1.0.0-ours"
    kept = {"snapshot": PLAIN["snapshot"], "result": told}
    assert call("-", stdin=json.dumps(kept)).exit_code == 0


@pytest.mark.usefixtures("own_models")
def test_an_unknown_version_is_told_with_those_there_are() -> None:
    """And with the files that are no model, since one of them may have been meant."""
    ran = call("-", "--model", "9.9.9", stdin=json.dumps(PLAIN["snapshot"]))
    assert ran.exit_code == 2
    assert "there is no risk model 9.9.9; known are 1.0.0, 1.0.0-ours" in ran.stderr
    assert "broken.yaml" in ran.stderr
