"""How SPF records are read."""

import pytest
import yaml

from tests.checks.conftest import conformance_cases
from tests.checks.healthy import dns
from vendor_risk.checks.observations import DnsStatus
from vendor_risk.checks.spf import expand, is_record, operand, parse, strangers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=spf1", True),
        ("V=SPF1 -all", True),
        ("v=spf1 ", True),
        ("v=spf10 -all", False),
        (" v=spf1 -all", False),
        ("v=spf1\t-all", False),
        ("v=spf2.0/pra -all", False),
        ("", False),
    ],
)
def test_which_text_is_a_record(text, expected):
    """RFC 7208 section 4.5: the version, then a space or the end."""
    assert is_record(text) is expected


def test_terms_are_taken_apart():
    """Qualifier, name and value; a missing qualifier is a plus."""
    terms = parse("v=spf1 MX ~include:a.example ?ip4:192.0.2.0/24 -all").terms

    assert [(term.qualifier, term.name, term.value) for term in terms] == [
        ("+", "mx", ""),
        ("~", "include", "a.example"),
        ("?", "ip4", "192.0.2.0/24"),
        ("-", "all", ""),
    ]


@pytest.mark.parametrize(
    "term",
    [
        "a",
        "a:b.example/24//64",
        "a/0",
        "a:foo:bar/baz.example.com",
        "mx:b.example",
        "ptr",
        "ptr:b.example",
        "ip4:192.0.2.1",
        "ip4:192.0.2.0/0",
        "ip6:2001:db8::/32",
        "exists:%{ir}.%{v}._spf.%{d2}",
        "exists:%{l1r-}.example.com",
        "include:_spf.example.com.",
        "exp=explain.%{d}",
        "redirect=_spf.example.com",
        "unknown-modifier=any%%thing",
        "all",
    ],
)
def test_well_formed_terms(term):
    """What RFC 7208 section 12 allows has no fault."""
    assert parse(f"v=spf1 {term}").faults == ()


@pytest.mark.parametrize(
    "term",
    [
        "ipv4:192.0.2.1",
        "ip4:192.0.2",
        "ip4:192.0.2.1/33",
        "ip4:192.0.2.1/024",
        "ip4",
        "ip6:192.0.2.1",
        "a:",
        "a/33",
        "a/024",
        "a//129",
        "mx:/24",
        "ptr/24",
        "include",
        "include:",
        "include:example",
        "exists:",
        "exists:%{z}.example.com",
        "exists:%{i.example.com",
        "all:example.com",
        "redirect=",
        "redirect=example.com redirect=example.org",
        "exp=a.example exp=b.example",
        "-",
        "=x",
        "-all.",
        "münchen",
    ],
)
def test_malformed_terms(term):
    """Receivers answer permerror to each of these."""
    assert len(parse(f"v=spf1 {term}").faults) == 1


def test_every_fault_is_reported_in_one_go():
    """A record with three faults need not be mended three times."""
    assert len(parse("v=spf1 ip4:x a/99 nonsense -all").faults) == 3


def test_the_first_all_counts():
    """Terms behind it are never looked at."""
    assert parse("v=spf1 ~all -all").all.qualifier == "~"


@pytest.mark.parametrize("text", ["all=x", "include=b.example", "-all=x"])
def test_a_modifier_named_like_a_mechanism_is_none(text):
    """RFC 7208 section 4.6.1: the sign behind the name tells which of the two a term is."""
    record = parse(f"v=spf1 {text}")

    assert (record.all, record.includes) == (None, ())


def test_redirect_is_ignored_beside_all():
    """RFC 7208 section 6.1."""
    assert parse("v=spf1 redirect=a.example -all").redirect is None


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("a", ("", None)),
        ("mx:b.example", ("b.example", None)),
        ("?a:b.example/24//64", ("b.example", 24)),
        ("-mx/8", ("", 8)),
        ("a//64", ("", None)),
        ("a:%{d}/x.example/16", ("%{d}/x.example", 16)),
    ],
)
def test_what_an_address_mechanism_names(term, expected):
    """A domain, or the one that has the record, and the length of an IPv4 network."""
    assert operand(parse(f"v=spf1 {term}").terms[0]) == expected


@pytest.mark.parametrize(
    "hostile", ["(" * 50_000, "a:" + "%{" * 30_000, "/1" * 30_000, " " * 60_000]
)
def test_a_hostile_record_is_read_at_once(hostile):
    """No term makes the reading slow; the test's time limit is the judge."""
    assert parse("v=spf1 " + hostile).all is None


def zone(**records):
    """Answers with an SPF record for each name of one label below `example`."""
    return dns({(f"{name}.example", "TXT"): records[name] for name in records})


@pytest.mark.parametrize(
    ("record", "qualifier"),
    [
        ("v=spf1 -all", "-"),
        ("v=spf1 ~all", "~"),
        ("v=spf1 ?all", "?"),
        ("v=spf1 all", "+"),
        ("v=spf1 mx", ""),
        ("v=spf1 -ALL", "-"),
        ("v=spf1 ip4:broken -all", "-"),
    ],
)
def test_what_strangers_get(record, qualifier):
    """The term for everybody else, read although another term is broken."""
    assert strangers(zone(shop=[record]), "shop.example").qualifier == qualifier


def test_redirect_is_followed():
    """The record at its end decides."""
    table = zone(shop=["v=spf1 redirect=b.example"], b=["v=spf1 -all"])

    verdict = strangers(table, "shop.example")

    assert (verdict.qualifier, verdict.via) == ("-", ("shop.example", "b.example"))


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ((), "no SPF record"),
        (("v=spf1 -all", "v=spf1 +all"), "more than one"),
        (("v=spf1 redirect=shop.example",), "circle"),
        (("v=spf1 redirect=%{d}",), "circle"),
        (("v=spf1 redirect=example..",), "no name"),
        (("v=spf1 redirect=%{x}.example",), "no name"),
    ],
)
def test_a_redirect_that_cannot_be_evaluated_is_an_error(target, word):
    """Receivers answer permerror."""
    table = zone(shop=["v=spf1 redirect=b.example"], b=target)

    assert word in strangers(table, "shop.example").error


@pytest.mark.parametrize("status", [DnsStatus.SERVFAIL, DnsStatus.TIMEOUT, None])
def test_a_redirect_without_an_answer_is_silence(status):
    """Nobody can say what the record at its end holds."""
    table = zone(shop=["v=spf1 redirect=b.example"], b=status)

    assert strangers(table, "shop.example").silence is not None


def test_an_include_that_passes_everybody_is_found():
    """RFC 7208 section 5.2: include matches what passes there."""
    table = zone(
        shop=["v=spf1 include:a.example -all"],
        a=["v=spf1 include:b.example ~all"],
        b=["v=spf1 +all"],
    )

    assert strangers(table, "shop.example").open_include == "b.example"


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("_spf.Example.net", "_spf.example.net"),
        ("%{d}._spf.example.net", "a.b-c.example._spf.example.net"),
        ("%{D}", "a.b-c.example"),
        ("%{o}.x", "sender.example.x"),
        ("%{d1}.x", "example.x"),
        ("%{d2}.x", "b-c.example.x"),
        ("%{d9}.x", "a.b-c.example.x"),
        ("%{dr}.x", "example.b-c.a.x"),
        ("%{d2r}.x", "b-c.a.x"),
        ("%{d1r-}.x", "a.b.x"),
        ("%{d1.-}.x", "example.x"),
        ("%%a.x", "%a.x"),
        *((f"%{{{letter}}}.x", None) for letter in "slihpv"),
        ("%{d}.%{i}.x", None),
        ("no name", None),
    ],
)
def test_macros_that_do_not_depend_on_the_message_are_expanded(spec, name):
    """RFC 7208 section 7.3: right parts are kept, after the reversal."""
    assert expand(spec, "a.b-c.example", "sender.example") == name


def test_a_name_that_is_too_long_loses_labels_on_the_left():
    """RFC 7208 section 7.3."""
    name = expand("%{d}." * 100 + "x", "label.example", "label.example")

    assert (len(name) <= 253, name.split(".")[0] in ("label", "example"), name[-2:]) == (
        True,
        True,
        ".x",
    )


def test_a_redirect_with_a_macro_is_followed():
    """RFC 7208 section 6.1 allows one; %{d} is the name whose record it stands in."""
    table = zone(
        **{
            "shop": ["v=spf1 redirect=%{d}.example"],
            "shop.example": ["v=spf1 redirect=%{d1r}.%{o}.example"],
            "shop.shop.example": ["v=spf1 -all"],
        }
    )

    verdict = strangers(table, "shop.example")

    assert (verdict.qualifier, len(verdict.via)) == ("-", 3)


@pytest.mark.parametrize("letter", "slihpv")
def test_a_redirect_that_the_message_decides_is_open(letter):
    """It is well formed; nobody can say where it leads."""
    verdict = strangers(zone(shop=[f"v=spf1 redirect=%{{{letter}}}.example"]), "shop.example")

    assert (verdict.error, verdict.depends) == ("", f"redirect=%{{{letter}}}.example")


def test_a_redirect_below_an_include_is_followed():
    """The included name passes whatever the end of its redirect passes."""
    table = zone(
        shop=["v=spf1 include:a.example -all"], a=["v=spf1 redirect=b.example"], b=["v=spf1 +all"]
    )

    assert strangers(table, "shop.example").open_include == "b.example"


@pytest.mark.parametrize("status", [DnsStatus.SERVFAIL, DnsStatus.TIMEOUT, None])
@pytest.mark.parametrize(
    "start", ["include:b.example -all", "include:a.example -all", "redirect=c.example"]
)
def test_a_missing_answer_below_an_include_is_a_gap(start, status):
    """Everybody may pass there."""
    table = zone(
        shop=[f"v=spf1 {start}"],
        a=["v=spf1 redirect=b.example"],
        b=status,
        c=["v=spf1 include:b.example -all"],
    )

    verdict = strangers(table, "shop.example")

    assert (verdict.qualifier, verdict.gap.name) == ("-", "b.example")


@pytest.mark.parametrize("record", ["-include:b.example -all", "include:%{i}.b.example -all"])
def test_an_include_that_lets_nobody_in_is_no_gap(record):
    """One that refuses, and one that names single senders."""
    assert strangers(zone(shop=[f"v=spf1 {record}"], b=None), "shop.example").gap is None


def test_an_include_behind_all_is_never_looked_at():
    """Evaluation ends at `all`."""
    table = zone(shop=["v=spf1 -all include:a.example"], a=["v=spf1 +all"])

    assert strangers(table, "shop.example").open_include == ""


# The record of these cases is well formed: the error lies in a record that it refers to.
ELSEWHERE = {"include-permerror", "include-none", "redirect-none"}
# Limits on look-ups and the choice of records need a mail server's evaluation.
OTHER_SUBJECTS = {
    "Initial processing",
    "Record lookup",
    "Selecting records",
    "Processing limits",
    "Test cases from implementation bugs",
}


def published(zonedata, name):
    """The SPF texts of a name in a zone of the suite."""
    rows = [row for key, value in zonedata.items() if key.lower() == name.lower() for row in value]
    pairs = [(type, value) for row in rows if isinstance(row, dict) for type, value in row.items()]
    for wanted in ("TXT", "SPF"):
        found = ["".join(value) for type, value in pairs if type == wanted and value != "NONE"]
        if found:
            return found
    return []


def test_syntax_agrees_with_the_open_spf_suite():
    """A record has a fault exactly where the suite expects permerror."""
    wrong = []
    for scenario in yaml.safe_load_all(conformance_cases("rfc7208-tests.yml")):
        if scenario["description"] in OTHER_SUBJECTS:
            continue
        for id, case in scenario["tests"].items():
            name = case["mailfrom"].partition("@")[2] or case["helo"]
            records = [text for text in published(scenario["zonedata"], name) if is_record(text)]
            if len(records) != 1 or id in ELSEWHERE:
                continue
            if bool(parse(records[0]).faults) != (case["result"] == "permerror"):
                wrong.append((id, records[0]))

    assert wrong == []
