"""Which questions and pages a look goes on to, from what it has seen."""

import pytest

from tests.checks.healthy import DOMAIN, NOON, dns, gone, http, leads
from vendor_risk.checks import questions as of_the_checks
from vendor_risk.checks.base import CATALOGUE, Request, check
from vendor_risk.checks.observations import Answer, Dns, DnsStatus, Observations, Unreachable
from vendor_risk.checks.questions import QUESTIONS_LIMIT, REQUESTS_LIMIT, requests
from vendor_risk.checks.spf import NAME_LIMIT
from vendor_risk.evidence import Evidence, Severity, passed

HTTPS = "https://shop.example/"
SPF = {"mail.spf.present", "mail.spf.all"}


@pytest.fixture(autouse=True)
def kept():
    """The catalogue, put back after each test."""
    before = dict(CATALOGUE)
    yield
    CATALOGUE.clear()
    CATALOGUE.update(before)


def only(*ids):
    """Leave only some checks in the catalogue, and no fact."""
    kept = {id: CATALOGUE[id] for id in ids}
    CATALOGUE.clear()
    CATALOGUE.update(kept)


def declare(**wants):
    """A check that wants something."""
    CATALOGUE.clear()
    return check(
        id="web.example",
        control="WB-03",
        severity=Severity.LOW,
        requirement="The example is good",
        rationale="A bad example misleads.",
        remediation="Mend the example.",
        references=("https://www.rfc-editor.org/rfc/rfc2606",),
        **wants,
    )(lambda observations: passed(Evidence("seen", "curl")))


def questions(seen, domain=DOMAIN, **parts):
    """What is left to ask after some DNS answers, by checks alone."""
    facts = dict(of_the_checks.FACTS)
    of_the_checks.FACTS.clear()
    try:
        return of_the_checks.questions(Observations(domain, NOON, dns=seen, **parts))
    finally:
        of_the_checks.FACTS.update(facts)


def test_nothing_is_asked_without_a_resolver():
    """A look whose DNS part is missing has nobody to ask."""
    assert questions(Unreachable("not observed")) == ()


def test_each_question_is_asked_once():
    """Two checks that want the same answer share it."""
    only("dns.resolve", "mail.spf.present")

    asked = questions(Dns(()))

    assert len(asked) == len(set(asked))
    assert set(asked) == {("shop.example", type) for type in ("A", "AAAA", "MX", "TXT")}


def test_a_host_below_its_organisation_asks_on_the_way_up():
    """CAA climbs, DMARC walks, mail is asked at both ends."""
    only("dns.caa", "mail.dmarc.present", *SPF)

    asked = set(questions(Dns(()), "a.login.shop.example"))

    assert asked == {
        *((f"{name}shop.example", "CAA") for name in ("a.login.", "login.", "")),
        *((f"_dmarc.{name}", "TXT") for name in ("a.login.shop.example", "login.shop.example")),
        *((f"_dmarc.{name}", "TXT") for name in ("shop.example", "example")),
        *(("a.login.shop.example", type) for type in ("MX", "TXT")),
        *(("shop.example", type) for type in ("MX", "TXT")),
    }


def test_what_was_answered_is_not_asked_again():
    """A record that names only networks leads nowhere."""
    only(*SPF)

    assert questions(dns()) == ()


def test_one_declaration_cannot_crowd_out_the_others():
    """A zone or a page that leads to thousands of names is an attack."""
    declare(asks=lambda observations: ((f"a{n}.example", "A") for n in range(10_000)))

    assert len(questions(Dns(()))) == QUESTIONS_LIMIT


def test_what_starts_from_an_unseen_part_is_not_asked():
    """Names in a page wait until there is one."""
    declare(asks=lambda http: [("cdn.example", "A")])

    assert questions(Dns(())) == ()
    assert questions(Dns(()), http=http()) == (("cdn.example", "A"),)


def test_pages_are_wanted_once_each_way():
    """The same address with an Origin is another request."""
    plain, foreign = Request("https://shop.example/"), Request("https://shop.example/", "https://a")
    declare(gets=lambda observations: [plain, foreign, foreign])

    assert requests(Observations(DOMAIN, NOON, http=http())) == (foreign,)


def test_one_declaration_gets_a_few_pages():
    """A look stays what an ordinary visitor does."""
    declare(gets=lambda observations: (Request(f"https://a.example/{n}") for n in range(99)))

    assert len(requests(Observations(DOMAIN, NOON, http=http()))) == REQUESTS_LIMIT


def test_a_host_that_gave_nothing_is_left_in_peace():
    """Its next page would only cost its time again; the same host by http is another matter."""
    urls = ("https://shop.example/a", "http://shop.example/a", "https://shop.example.net/")
    declare(gets=lambda observations: [Request(url) for url in urls])
    pages = http(leads("http://shop.example/", "https://shop.example/"), gone(HTTPS, "timed out"))

    wanted = requests(Observations(DOMAIN, NOON, http=pages))

    assert [each.url for each in wanted] == list(urls[1:])


def test_no_page_is_wanted_of_a_host_that_gave_none():
    """There is nothing to start from."""
    declare(gets=lambda observations: [Request("https://a.example/")])

    assert requests(Observations(DOMAIN, NOON)) == ()


def test_includes_and_redirects_are_asked_next():
    """Names with macros depend on the message and are left out."""
    only(*SPF)
    record = '"v=spf1 include:_spf.example.net include:%{i}.example.org redirect=Other.Example"'
    seen = dns({("shop.example", "TXT"): (record,)})

    assert questions(seen) == (("_spf.example.net", "TXT"), ("other.example", "TXT"))


def test_macros_that_every_message_shares_are_expanded():
    """%{d} is the name that has the record, %{o} the one that mail comes from."""
    only(*SPF)
    seen = dns(
        {
            ("shop.example", "TXT"): ('"v=spf1 include:_spf.%{d} redirect=%{d2r}.b.example"',),
            ("_spf.shop.example", "TXT"): ('"v=spf1 include:%{o}.c.example include:%{d1}.d.x"',),
        }
    )

    assert questions(seen) == (
        ("example.shop.b.example", "TXT"),
        ("shop.example.c.example", "TXT"),
        ("example.d.x", "TXT"),
    )


def test_policies_of_the_host_and_of_its_organisation_are_followed():
    """Which of the two is judged is known only from the answers."""
    only(*SPF)
    seen = dns(
        {
            ("shop.example", "TXT"): ('"v=spf1 include:_spf.example.net -all"',),
            ("www.shop.example", "TXT"): (),
            ("www.shop.example", "MX"): (),
        }
    )

    assert questions(seen, "www.shop.example") == (("_spf.example.net", "TXT"),)


def test_a_circle_of_includes_ends():
    """Each name is asked once."""
    only(*SPF)
    table = {
        ("shop.example", "TXT"): ('"v=spf1 include:a.example -all"',),
        ("a.example", "TXT"): ('"v=spf1 include:shop.example include:a.example -all"',),
    }

    assert questions(dns(table)) == ()


def rounds(zone, domain):
    """Answer every question from a function, as a look does; how often, and how many TXT."""
    only(*SPF)
    records, count = [], 0
    while wanted := questions(Dns(tuple(records)), domain):
        count += 1
        records += [Answer(name, type, DnsStatus.NOERROR, zone(name)) for name, type in wanted]
    return count, sum(record.type == "TXT" for record in records)


def test_endless_includes_end_after_ten_rounds():
    """The first look and ten more: RFC 7208 lets no mail server go further."""

    def deeper(name):
        return (f'"v=spf1 include:x.{name} -all"',)

    assert rounds(deeper, "shop.example") == (11, 11)


def test_a_tree_of_includes_ends_at_forty_names():
    """A hostile zone cannot make the scanner ask for more."""

    def wider(name):
        return (f'"v=spf1 include:a.{name} include:b.{name} include:c.{name} -all"',)

    assert rounds(wider, "shop.example")[1] == NAME_LIMIT


def test_a_cname_is_followed_when_the_resolver_did_not():
    """Addresses and CAA stand at its end."""
    only("dns.caa", "dns.resolve")
    seen = dns(
        {
            ("shop.example", "A"): (),
            ("shop.example", "AAAA"): (),
            ("shop.example", "CAA"): (),
            ("shop.example", "CNAME"): ("cdn.example.net",),
        }
    )

    assert set(questions(seen)) == {("cdn.example.net", type) for type in ("A", "AAAA", "CAA")}


def test_a_cname_is_left_alone_when_the_resolver_went_there():
    """Its addresses are in the answer for the host already."""
    only("dns.caa", "dns.resolve")

    assert questions(dns({("shop.example", "CNAME"): ("cdn.example.net",)})) == ()
