"""How DMARC records are read and found."""

import json

import pytest

from tests.checks.conftest import conformance_cases
from tests.checks.healthy import dns
from vendor_risk.checks.dmarc import Policy, discover, is_record, is_valid, parse, walk
from vendor_risk.checks.observations import DnsStatus


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DMARC1", True),
        ("v = DMARC1 ; p=none", True),
        ("V=DMARC1; p=none", True),
        ("v=dmarc1; p=none", False),
        ("v=DMARC10; p=none", False),
        (" v=DMARC1; p=none", False),
        ("p=none; v=DMARC1", False),
        ("", False),
    ],
)
def test_which_text_is_a_record(text, expected):
    """RFC 9989 section 4.7: the version comes first and matches to the letter."""
    assert is_record(text) is expected


@pytest.mark.parametrize(
    ("text", "tag", "policy"),
    [
        ("v=DMARC1; p=reject", "p", Policy.REJECT),
        ("v=DMARC1; P=Reject", "p", Policy.REJECT),
        ("v=DMARC1; p=reject; sp=none", "sp", Policy.NONE),
        ("v=DMARC1; p=reject", "np", Policy.REJECT),
        ("v=DMARC1; p=reject; sp=quarantine", "np", Policy.QUARANTINE),
        ("v=DMARC1; p=none; np=reject", "np", Policy.REJECT),
        ("v=DMARC1; p=reject; t=y", "p", Policy.QUARANTINE),
        ("v=DMARC1; p=quarantine; t=y", "p", Policy.NONE),
        ("v=DMARC1; p=none; t=y", "p", Policy.NONE),
        ("v=DMARC1; p=reject; t=n", "p", Policy.REJECT),
        ("v=DMARC1; p=reject; pct=0; newtag=1", "p", Policy.REJECT),
        ("v=DMARC1; rua=mailto:a@example.com", "p", Policy.NONE),
        ("v=DMARC1; p=bogus; rua=mailto:a@example.com", "p", Policy.NONE),
        ("v=DMARC1; adkim=s; p=reject", "p", Policy.REJECT),
    ],
)
def test_the_policy_that_receivers_apply(text, tag, policy):
    """np falls back to sp, sp to p, and t=y takes one level off."""
    assert parse(text).policy(tag) is policy


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("v=DMARC1; p=reject;", 0),
        ("v=DMARC1; p=reject; unknown=whatever", 0),
        ("v=DMARC1; p=reject; fo:1", 1),
        ("v=DMARC1; p=reject; p=none", 1),
        ("v=DMARC1; p=; pct=101; rua=nobody", 3),
    ],
)
def test_syntax_errors_are_noted(text, faults):
    """Unknown tags are none."""
    assert len(parse(text).faults) == faults


def test_the_first_of_two_equal_tags_counts():
    """The second is noted and left out."""
    assert parse("v=DMARC1; p=reject; p=none").policy("p") is Policy.REJECT


def test_the_walk_asks_eight_names_at_most():
    """The example of RFC 9989 section 4.10."""
    assert walk("a.b.c.d.e.f.g.h.i.j.mail.example.com") == (
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    )


@pytest.mark.parametrize(("labels", "queries"), [(1, 1), (2, 2), (7, 7), (8, 8), (9, 8), (30, 8)])
def test_the_walk_ends_at_the_top_label(labels, queries):
    """Up to eight labels each name is asked, longer names are shortened to seven."""
    name = ".".join("abcdefghijklmnopqrstuvwxyzABCDEFGH"[:labels])

    names = walk(name)

    assert (len(names), names[-1].count(".")) == (queries, 0)


def zone(**records):
    """DMARC records of names below `example`, written with _ for a dot; the rest has none."""
    changes = {("_dmarc.shop.example", "TXT"): (), ("_dmarc.a.shop.example", "TXT"): ()}
    for name, given in records.items():
        changes[f"_dmarc.{name.replace('_', '.')}", "TXT"] = (
            (given,) if type(given) is str else given
        )
    return dns(changes | {("a.shop.example", "A"): ("192.0.2.1",)})


def chosen(discovery):
    """Where the record was found, which tag counts, and what it comes to."""
    return discovery.at, discovery.tag, discovery.policy


def test_the_own_record_counts_first():
    """Its p is taken, its sp has no meaning for the name itself."""
    table = zone(a_shop_example="v=DMARC1; p=none; sp=reject", shop_example="v=DMARC1; p=reject")

    assert chosen(discover(table, "a.shop.example")) == ("a.shop.example", "p", Policy.NONE)


def test_a_subdomain_inherits_sp():
    """The record of the organisation speaks for names below it."""
    table = zone(shop_example="v=DMARC1; p=reject; sp=quarantine")

    found = discover(table, "a.shop.example")

    assert chosen(found) == ("shop.example", "sp", Policy.QUARANTINE)


def test_a_name_that_does_not_exist_inherits_np():
    """Forgers like names that nobody ever made."""
    table = zone(shop_example="v=DMARC1; p=reject; np=none")
    nobody = dns(
        {(answer.name, answer.type): answer.rdata for answer in table.records}
        | {("a.shop.example", "A"): DnsStatus.NXDOMAIN}
    )

    assert chosen(discover(nobody, "a.shop.example")) == ("shop.example", "np", Policy.NONE)


def test_the_organisation_is_the_name_with_the_fewest_labels():
    """A record between the name and its organisation does not count for the name."""
    table = zone(
        b_a_shop_example="",
        a_shop_example="v=DMARC1; p=none",
        shop_example="v=DMARC1; p=reject",
    )

    assert discover(table, "b.a.shop.example").at == "shop.example"


def test_psd_n_ends_the_walk():
    """The owner says: from here on down it is us."""
    table = zone(
        b_a_shop_example="",
        a_shop_example="v=DMARC1; p=none; psd=n",
        shop_example="v=DMARC1; p=reject",
    )

    assert discover(table, "b.a.shop.example").at == "a.shop.example"


def test_a_public_suffix_speaks_for_those_who_say_nothing():
    """Its sp counts for the domains registered below it."""
    table = zone(example="v=DMARC1; psd=y; p=reject; sp=quarantine")

    assert chosen(discover(table, "shop.example")) == ("example", "sp", Policy.QUARANTINE)


def test_the_organisation_goes_before_its_public_suffix():
    """psd=y marks the name one label below as the organisation."""
    table = zone(example="v=DMARC1; psd=y; p=reject", shop_example="v=DMARC1; p=none")

    assert discover(table, "a.shop.example").at == "shop.example"


def test_two_records_are_thrown_away():
    """The walk goes on as if there were none."""
    table = zone(
        a_shop_example=("v=DMARC1; p=none", "v=DMARC1; p=reject"), shop_example="v=DMARC1; p=reject"
    )

    found = discover(table, "a.shop.example")

    assert (found.at, found.doubled) == ("shop.example", ("a.shop.example",))


@pytest.mark.parametrize("status", [DnsStatus.SERVFAIL, DnsStatus.TIMEOUT, None])
def test_a_missing_answer_on_the_way_leaves_the_choice_open(status):
    """The name may have a record of its own."""
    table = zone(a_shop_example=status, shop_example="v=DMARC1; p=reject")

    assert discover(table, "a.shop.example").silence is not None


@pytest.mark.parametrize("status", [DnsStatus.SERVFAIL, DnsStatus.TIMEOUT, None])
def test_a_missing_answer_above_the_record_changes_nothing(status):
    """A registry's server that fails does not take the domain's own policy away."""
    table = zone(example=status, shop_example="v=DMARC1; p=reject")

    assert discover(table, "a.shop.example").silence is None


def test_a_registry_that_was_not_asked_is_taken_to_have_none():
    """Outside observations hold the questions about the domain alone."""
    assert discover(zone(example=None), "shop.example").silence is None


def test_a_registry_that_fails_leaves_a_domain_without_record_open():
    """It could have one that speaks for the domain."""
    assert discover(zone(example=DnsStatus.SERVFAIL), "shop.example").silence is not None


CASES = "dmarc.json"
# mail-dmarc compares the version in lower case; RFC 9989 section 4.8 has %s"DMARC1".
CASE_SENSITIVE = [{"tag": "v", "value": "dmarc1", "valid": True}]


def test_tag_values_agree_with_mail_dmarc():
    """Every value of its suite, but for the version's case."""
    cases = json.loads(conformance_cases(CASES))["tag_values"]

    wrong = [case for case in cases if is_valid(case["tag"], case["value"]) != case["valid"]]

    assert wrong == CASE_SENSITIVE


def test_records_agree_with_mail_dmarc():
    """A record that is not valid there is one that receivers do not apply."""
    cases = json.loads(conformance_cases(CASES))["records"]

    wrong = [case for case in cases if parse(case["record"]).applies != case["valid"]]

    assert wrong == []


def test_malformed_records_of_the_wild_keep_their_policy():
    """What can be read counts, the rest is left out."""
    records = json.loads(conformance_cases(CASES))["wild"]

    read = [parse(text).asked("p").name.casefold() for text in records]

    assert read == [text.partition("p=")[2].partition(";")[0] for text in records]


@pytest.mark.parametrize("start", ["https://", "mailto:", "mailto:a@", "https://a!"])
@pytest.mark.parametrize("end", ["", "@!", "!1!", "!1x"])
def test_an_endless_address_for_reports_is_read_at_once(start, end):
    """A pattern that tries every place to split it would not end within the test's time."""
    assert is_valid("rua", start + "1" * 200_000 + end) in (True, False)
