"""The sentence on page 1."""

from gettext import NullTranslations
from typing import Any

import pytest

from tests.reports.cases import HEALTHY, HOST, SEEN, TERRIBLE, judged, report, vendor
from vendor_risk.evidence import Outcome, Severity, failed, unknown
from vendor_risk.reports.report import Engagement, Report, Subject

BLIND = dict.fromkeys((id for id in HEALTHY if not id.startswith("dns")), unknown("timed out"))


def fault(severity: Severity) -> Outcome:
    return failed(SEEN, "absent", severity=severity)


MANY_MEDIUM = {id: fault(Severity.MEDIUM) for id in HEALTHY if id.startswith(("web", "mail"))}


@pytest.mark.parametrize(
    ("spoilt", "question"),
    [
        (
            {},
            "Nothing critical or high was seen of shop.example from outside; decide what its "
            "owner still has to show.",
        ),
        (
            {"tls.cert.expiry": fault(Severity.CRITICAL), "mail.spf.all": fault(Severity.HIGH)},
            "Decide whether to rely on shop.example before its critical finding is mended.",
        ),
        (
            {"tls.cert.expiry": fault(Severity.CRITICAL), "web.https": fault(Severity.CRITICAL)},
            "Decide whether to rely on shop.example before its 2 critical findings are mended.",
        ),
        (
            {"mail.spf.all": fault(Severity.HIGH)},
            "Decide whether to rely on shop.example before its high finding is mended.",
        ),
        (
            {"mail.spf.all": fault(Severity.HIGH), "tls.reach": fault(Severity.HIGH)},
            "Decide whether to rely on shop.example before its 2 high findings are mended.",
        ),
        (
            MANY_MEDIUM,
            "Decide whether to rely on shop.example with an external posture of 52, grade D.",
        ),
        (
            BLIND,
            "Have shop.example looked at again before you decide: too little of it could be seen.",
        ),
        (
            BLIND | {"dns.resolve": fault(Severity.CRITICAL)},
            "Decide whether to rely on shop.example before its critical finding is mended.",
        ),
    ],
)
def test_the_question_about_a_domain(spoilt: dict[str, Outcome], question: str) -> None:
    """It follows from the worst that is known, and blindness is never good news."""
    assert report(judged=judged(spoilt)).decision.question == question


@pytest.mark.parametrize(
    ("changed", "question"),
    [
        (
            {},
            "Nothing critical or high was seen of Acme BV from outside; decide whether to go "
            "on assessing it.",
        ),
        (
            {"judged": judged(TERRIBLE)},
            "Decide whether to go on assessing Acme BV before its critical finding is mended.",
        ),
        (
            {"judged": judged({"web.https": fault(Severity.HIGH)})},
            "Decide whether to go on assessing Acme BV before its high finding is mended.",
        ),
        (
            {"judged": judged(MANY_MEDIUM)},
            "Decide whether to go on assessing Acme BV with an external posture of 52, grade D.",
        ),
        (
            {"judged": judged(BLIND)},
            "Decide whether to go on assessing Acme BV, or to wait for a scan that sees more.",
        ),
        (
            {"judged": [], "looks": []},
            "Decide whether to go on assessing Acme BV, though nobody has looked at it "
            "from outside yet.",
        ),
    ],
)
def test_the_question_about_a_vendor(changed: dict[str, Any], question: str) -> None:
    """Without assurance nobody is asked to approve anything, only whether to go on."""
    some = vendor(**({"subject": Subject(HOST, "Acme BV")} | changed))
    assert some.decision.question == question


def test_the_worst_finding_is_the_first_reason() -> None:
    """Host, fault and effect, in one breath."""
    assert report(judged=judged(TERRIBLE)).decision.reasons[0] == (
        "shop.example: The certificate expired 11 days ago. "
        "Browsers refuse an expired certificate, so the shop stops."
    )


def test_a_mild_finding_is_no_reason() -> None:
    """A missing CAA record does not press anybody."""
    reasons = report(judged=judged({"dns.caa": fault(Severity.LOW)})).decision.reasons
    assert reasons == ("This is one look from outside. It shows nothing of what happens inside.",)


def test_a_vendor_report_says_that_it_supports_no_approval() -> None:
    """The inside is not known yet, and page 1 says so."""
    assert "supports no approval" in vendor().decision.reasons[-1]


def test_a_vendor_that_nobody_triaged_is_said_to_be_so() -> None:
    """Nobody said what we buy: that is the news."""
    some = vendor(engagements=(Engagement.of("something", None),))
    assert some.decision.reasons[-1].startswith("Nobody has said yet what we buy")


def test_a_vendor_in_use_is_said_to_be_so() -> None:
    """Who ticks "stop" must know that somebody works with it today."""
    used = vendor(subject=Subject("shop.example", "Acme BV", in_use=True)).decision.reasons
    assert any(reason.startswith("We use this vendor already") for reason in used)
    assert not any("already" in reason for reason in vendor().decision.reasons)


@pytest.mark.parametrize(
    ("some", "options"),
    [
        (report(), ()),
        (vendor(), ("Go on with the assessment", "Look again first", "Stop")),
        (
            vendor(judged=judged(TERRIBLE)),
            ("Go on with the assessment", "Go on once the findings are mended", "Stop"),
        ),
    ],
)
def test_the_options_to_tick(some: Report, options: tuple[str, ...]) -> None:
    """A vendor's report is signed, a look at a domain is not."""
    assert some.decision.options == options


def test_sentences_are_translated_whole() -> None:
    """Every sentence passes through the translations of the report's language."""

    class Shout(NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper().replace("%(NAME)S", "%(name)s")

    some = report(words=Shout())
    assert some.decision.question.startswith("NOTHING CRITICAL OR HIGH WAS SEEN OF shop.example")
    assert some.texts["dns.caa"].requirement.isupper()
