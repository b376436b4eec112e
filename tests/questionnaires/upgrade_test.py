"""Answers to one version, read by the next."""

from tests.questionnaires.samples import TEXT, say, spoilt, template
from vendor_risk.questionnaires.upgrade import carry

OLD = template()
LATER = spoilt('"1.1.0"', '"1.2.0"', TEXT)
TOLD = {"MFA": say("met"), "LOG": say(("mail",)), "SUBS": say("[]"), "GONE": say("x")}


def test_unchanged_questions_keep_their_answers() -> None:
    """Same rev, same control, same choices."""
    assert set(carry(TOLD, OLD, template(LATER)).kept) == {"MFA", "LOG", "SUBS"}


def test_a_higher_rev_is_confirmed_anew() -> None:
    """The meaning changed: the old answer is shown and does not count."""
    carried = carry(TOLD, OLD, template(spoilt("rev: 2", "rev: 3", LATER)))
    assert set(carried.confirm) == {"MFA"}
    assert "MFA" not in carried.kept


def test_other_choices_are_confirmed_anew() -> None:
    """Even where somebody forgot to raise the rev."""
    text = spoilt(", {id: na, note: required, accept: reviewer}", "", LATER)
    assert set(carry(TOLD, OLD, template(text)).confirm) == {"MFA"}


def test_what_is_no_longer_asked_is_dropped() -> None:
    """Retired questions, and ids that the old version never had."""
    gone = spoilt(
        '      - {id: SUBS, rev: 1, type: table, text: {en: "Who helps you?"}, columns: [{id: name, text: {en: "Name"}}]}\n',  # noqa: E501
        "",
        LATER,
    )
    assert carry(TOLD, OLD, template(gone)).dropped == ("GONE", "SUBS")
