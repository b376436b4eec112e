"""The page: what it says in each case, and that strangers' words stay words."""

from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.reports.cases import (
    AS_OF,
    CHECKOUT,
    CHECKS,
    HEALTHY,
    HOST,
    SEEN,
    TERRIBLE,
    judged,
    look,
    report,
    vendor,
)
from vendor_risk.checks.facts import Fact
from vendor_risk.evidence import Evidence, HostClass, Severity, failed, not_applicable, unknown
from vendor_risk.pdf import render_html
from vendor_risk.reports.build import Earlier
from vendor_risk.reports.report import Engagement, Money, Report, Subject
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.model import Tier


class Reader(HTMLParser):
    """Collects the words, tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words(some: Report) -> str:
    """All text of the page, with single blanks."""
    return " ".join(" ".join(Reader(render_html(some)).words).split())


def section(some: Report, start: str, end: str) -> str:
    text = words(some)
    return text[text.index(start) : text.index(end, text.index(start))]


def test_a_good_host() -> None:
    """Grade, number, nothing wrong, and what a look from outside cannot see."""
    text = words(report())
    assert "A External posture 100 / 100" in text
    assert "No check that could be judged has failed." in text
    assert "Everything inside: log-ins, staff, suppliers, backups" in text
    assert "Every check could be judged." in text


def test_the_sum_stands_under_the_findings() -> None:
    """100 minus what is taken is the posture, with a real minus sign."""
    text = section(report(judged=judged(TERRIBLE)), "Findings, most severe first", "Each finding")
    assert "Taken from 100 by all findings \u221286 External posture 14" in text


def test_a_cap_has_a_line_of_its_own() -> None:
    """One critical fault takes 40, the knock-out the other 21."""
    some = report(judged=judged({"tls.cert.expiry": TERRIBLE["tls.cert.expiry"]}))
    text = section(some, "Findings, most severe first", "Each finding")
    assert "Taken from 100 by all findings \u221240 Taken by the cap of 39" in text
    assert "or a form that sends what is typed without encryption. \u221221" in text
    assert "Capped by KO-01; 60 without the cap" in words(some)


def test_a_host_of_which_too_little_was_seen_has_no_number() -> None:
    """Neither 0 nor F, but the reason."""
    silent = {id: unknown("no answer") for id in HEALTHY if not id.startswith("dns")}
    text = words(report(judged=judged(silent)))
    assert "External posture Not rated 1 of 4 areas could be seen; 3 are needed" in text
    assert "Taken from 100" not in text


def test_a_vendor_without_a_scan() -> None:
    """Nothing is known, and that is neither good nor bad."""
    text = words(vendor(judged=[], looks=[]))
    assert "Not rated No host has been looked at" in text
    assert "Nothing is known. That is neither good nor bad." in text
    assert "Nobody has looked at a host of this vendor yet" in text


def test_what_could_not_be_seen_stands_with_its_reason() -> None:
    """A check without an answer is named with its cause and host."""
    some = report(judged=judged({"web.hsts": unknown("the site answered 403 to everybody")}))
    text = section(some, "What could not be seen, and why", "What was in order")
    assert "The site answered 403 to everybody shop.example Browsers are told" in text


def test_each_finding_is_told_in_full() -> None:
    """Severity, host, id, control, requirement, mend, value, command, reference."""
    some = report(judged=judged({"dns.caa": TERRIBLE["dns.caa"]}))
    assert section(some, "Each finding in detail", "What could not be seen, and why") == (
        "Each finding in detail No CAA record up to the top-level domain Low shop.example · "
        "dns.caa · control DN-01 Required The zone says which authorities may issue certificates. "
        "How to mend it Publish a CAA record that names the authority in use. "
        "Seen shop.example: no CAA record; example: none See for yourself "
        "dig +short CAA shop.example Reference www.rfc-editor.org/rfc/rfc8659 "
    )


def test_a_finding_on_many_hosts_is_told_once() -> None:
    """Three hosts in full, the others counted."""
    names = [f"h{n}.example" for n in range(5)]
    outcomes = [one for name in names for one in judged({"dns.caa": TERRIBLE["dns.caa"]}, name)]
    some = report(judged=outcomes, looks=[look(name) for name in names])
    text = section(some, "Each finding in detail", "What could not be seen, and why")
    assert "Not met: The zone says which authorities may issue certificates Low 5 hosts" in text
    assert text.count("See for yourself") == 3
    assert "2 more hosts with this finding stand in findings.csv." in text


def test_a_severity_lowered_by_place_says_so() -> None:
    """The reader sees both the declared one and the reason."""
    some = report(judged=judged(TERRIBLE), looks=[look(HOST, HostClass.OTHER)])
    assert "Critical, and one level lower on a host that does not carry what we buy" in words(some)


def test_due_dates_are_shown_once_one_is_agreed() -> None:
    """And the column is left out before."""
    outcomes = judged({"dns.caa": TERRIBLE["dns.caa"], "web.hsts": TERRIBLE["web.hsts"]})
    assert "No due dates have been agreed yet." in words(report(judged=outcomes))
    some = report(judged=outcomes, dues={("dns.caa", HOST): date(2026, 12, 24)})
    assert "24 Dec 2026" in words(some)
    assert "Not agreed" in words(some)


def test_the_tier_is_explained_line_by_line() -> None:
    """Each factor with its level in words and its points, summing to the number."""
    text = section(vendor(), "Why Dealer portal is tier 2", "Method and limits")
    assert "Highest factor Access; the highest level also counts by itself 3 45" in text
    assert "Access Any other log-in, remote access or administration 3 9" in text
    assert "higher is worse: tier 2 by the number 58" in text


def test_a_lifted_and_an_overridden_tier_say_why() -> None:
    """Neither a floor nor a person acts in silence."""
    engagement = Engagement.of(
        "Chat",
        Facts(1, 0, 0, 0, 0, frozenset({"payment-page-script"})),
        tier_override=Tier.T2,
        override_reason="removed from the check-out in May",
    )
    text = words(vendor(engagements=(engagement,)))
    assert "A script of the vendor on a payment page lifts the tier to tier 1." in text
    assert "A person set tier 2: removed from the check-out in May" in text


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(1_240_000_00, "EUR"), "€1,240,000"),
        (Money(1_240_000_50, "EUR"), "€1,240,000.50"),
        (Money(86_500, "JPY"), "¥86,500"),
        (Money(1_500, "KWD"), "KWD1.500"),
    ],
)
def test_money_is_shown_in_its_currency(money: Money, shown: str) -> None:
    """Cents only where there are some, and as many digits as the currency has."""
    engagement = Engagement.of("Chat", CHECKOUT, spend=money)
    assert shown in words(vendor(engagements=(engagement,))).replace("\xa0", " ")


def test_changes_are_listed_since_a_day() -> None:
    """What moved since the scan before, the new first."""
    before = Earlier(AS_OF - timedelta(days=30), judged({"web.hsts": TERRIBLE["web.hsts"]}))
    some = report(judged=judged({"dns.caa": TERRIBLE["dns.caa"]}), earlier=before)
    text = section(some, "What changed since 23 Oct 2026", "Findings")
    assert text.index("New The zone says") < text.index("Mended Browsers are told")


def test_nothing_moved_is_news_too() -> None:
    """An empty table would look like a fault of the report."""
    assert "Nothing moved." in words(report(earlier=Earlier(AS_OF, judged())))


EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}%(n)s"
EVIL_OUTCOME = failed(Evidence(EVIL, EVIL), EVIL, severity=Severity.HIGH)
EVERYWHERE: dict[str, Any] = {
    "organisation": EVIL,
    "prepared_by": EVIL,
    "number": EVIL,
    "subject": Subject(EVIL, EVIL, EVIL, (EVIL,)),
    "engagements": (
        Engagement.of(
            EVIL,
            CHECKOUT,
            owner=EVIL,
            legal_entity=EVIL,
            tier_override=Tier.T1,
            override_reason=EVIL,
        ),
    ),
    "looks": [look(EVIL)],
    "judged": [
        *judged({"web.hsts": EVIL_OUTCOME, "dns.caa": unknown(EVIL)}, EVIL),
        *judged({"web.hsts": EVIL_OUTCOME}),
    ],
}


def test_markup_in_values_stays_text() -> None:
    """Whatever a stranger puts into a name, a header or a reason, no tag comes out of it."""
    honest, hostile = (
        Reader(render_html(vendor(judged=judged(TERRIBLE)))),
        Reader(render_html(vendor(**EVERYWHERE))),
    )
    assert {tag for tag, _ in hostile.tags} <= {tag for tag, _ in honest.tags}
    names = {name for _, attributes in hostile.tags for name in attributes}
    assert names <= {name for _, attributes in honest.tags for name in attributes}
    assert "<script>alert(1)</script>" in "".join(hostile.words)
    assert "{{7*7}}" in "".join(hostile.words)


@pytest.mark.parametrize(
    "some", [report(judged=judged(TERRIBLE)), vendor(judged=judged(TERRIBLE)), vendor(looks=[])]
)
def test_the_page_obeys_the_policy_of_pages(some: Report) -> None:
    """No inline style, no script, no handler: the same page may be shown in the browser."""
    for tag, attributes in Reader(render_html(some)).tags:
        assert tag not in {"script", "style", "iframe", "object"}
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_files_come_from_where_the_caller_says() -> None:
    """The browser gets its own addresses, the PDF engine asset: ones."""
    page = render_html(report(), asset=lambda name: f"/static/{name}?v=1")
    links = [attributes for tag, attributes in Reader(page).tags if tag == "link"]
    assert [link["href"] for link in links] == [
        "/static/img/favicon.svg?v=1",
        "/static/css/report.css?v=1",
    ]


def test_references_that_are_no_web_address_are_no_links() -> None:
    """A javascript: reference of a strange catalogue is shown, not linked."""
    checks = [replace(check, references=("javascript:alert(1)",)) for check in CHECKS]
    page = render_html(report(judged=judged(TERRIBLE), checks=checks))
    assert not [tag for tag, _ in Reader(page).tags if tag == "a"]


def test_a_fault_never_stands_without_its_word() -> None:
    """Colour and shape only repeat what the word says."""
    page = Reader(
        render_html(
            report(judged=judged({"dns.caa": failed(SEEN, "x", severity=Severity.INFORMATIONAL)}))
        )
    )
    assert "Informational" in page.words


def test_a_fault_that_nobody_asks_about_any_more_is_not_met() -> None:
    """A vendor that takes its SPF record away has not mended it."""
    before = Earlier(AS_OF - timedelta(days=7), judged({"mail.spf.all": TERRIBLE["mail.spf.all"]}))
    now = judged({"mail.spf.all": not_applicable("there is no SPF record")})
    text = section(report(judged=now, earlier=before), "What changed since", "Findings")
    assert "No longer asked" in text
    assert "Not applicable" in text
    assert "Mended" not in text
    assert "Met" not in text


@pytest.mark.parametrize("sample", [False, True])
def test_a_sample_vendor_is_marked_on_every_page(sample: bool) -> None:
    """Nobody takes sample data for a real vendor: it is in the head and in the foot."""
    marked = vendor(subject=Subject(HOST, "Voorbeeld BV", sample=sample))

    assert ("Sample data: no real vendor" in words(marked)) is sample
    assert ('data-foot="SAMPLE DATA' in render_html(marked)) is sample


def test_facts_of_a_host_stand_beside_the_method():
    """Neither good nor bad, and cut where they are many."""
    facts = (Fact("dns.provider", "Providers of names", tuple(f"p{n}" for n in range(20))),)

    text = words(report(looks=[replace(look(), facts=facts)]))

    assert "Providers of names p0 , p1 , p2" in text
    assert "and 12 more" in text
