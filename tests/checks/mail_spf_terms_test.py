"""What the checks of the terms of SPF say, and how far they agree with the open SPF suite."""

import pytest
import yaml

from tests.checks.conftest import conformance_cases
from tests.checks.healthy import DOMAIN, NOON, dns, observations
from vendor_risk.checks.mail import senders
from vendor_risk.checks.mail_spf import spf_present
from vendor_risk.checks.mail_spf_terms import spf_broad, spf_lookups, spf_syntax
from vendor_risk.checks.observations import Answer, Dns, DnsStatus, Observations
from vendor_risk.checks.questions import questions
from vendor_risk.evidence import Severity, Status

NX, FAIL, LATE = DnsStatus.NXDOMAIN, DnsStatus.SERVFAIL, DnsStatus.TIMEOUT
PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW


def look(record, **zone):
    """A healthy look with another SPF record; `b_example_TXT` names a question."""
    bare = isinstance(record, str) and not isinstance(record, DnsStatus)
    table = {(DOMAIN, "TXT"): (record,) if bare else record}
    for key, answer in zone.items():
        name, _, type = key.rpartition("_")
        table[name.replace("_", "."), type] = answer
    return observations(dns=dns(table))


@pytest.mark.parametrize(
    ("record", "zone", "status"),
    [
        ("v=spf1 -all", {}, PASSED),
        ("v=spf1 ipv4:192.0.2.1 -all", {}, FAILED),
        ("v=spf1 -all nonsense", {}, FAILED),
        ("v=spf1 -all include:b.example", {}, PASSED),
        ("v=spf1 include:b.example -all", {"b_example_TXT": ("v=spf1 -all",)}, PASSED),
        ("v=spf1 include:b.example -all", {"b_example_TXT": ("v=spf1 a:",)}, FAILED),
        ("v=spf1 ?include:b.example -all", {"b_example_TXT": ("v=spf1 a:",)}, FAILED),
        ("v=spf1 include:b.example -all", {"b_example_TXT": ("other",)}, FAILED),
        ("v=spf1 include:b.example -all", {"b_example_TXT": NX}, FAILED),
        ("v=spf1 include:b.example -all", {"b_example_TXT": ("v=spf1", "v=spf1 a")}, FAILED),
        ("v=spf1 include:b.example -all", {"b_example_TXT": LATE}, UNKNOWN),
        ("v=spf1 include:b.example a: -all", {"b_example_TXT": LATE}, FAILED),
        ("v=spf1 include:b.example -all", {}, UNKNOWN),
        ("v=spf1 redirect=b.example", {"b_example_TXT": ()}, FAILED),
        ("v=spf1 redirect=b.example -all", {"b_example_TXT": ()}, PASSED),
        ("v=spf1 include:%{i}.b.example -all", {}, PASSED),
        (("v=spf1 -all", "v=spf1 a -all"), {}, NOTHING),
        ((), {}, NOTHING),
        (FAIL, {}, UNKNOWN),
    ],
)
def test_mail_spf_syntax(record, zone, status):
    """Errors anywhere in the record count, and those of what it includes."""
    assert spf_syntax(look(record, **zone)).status is status


def test_every_fault_is_named_in_one_go():
    """Those of an included record with the name that it belongs to."""
    outcome = spf_syntax(
        look("v=spf1 ipv4:1.2.3.4 include:b.example -all", b_example_TXT=("v=spf1 mx:",))
    )

    assert "ipv4:1.2.3.4: no such mechanism" in outcome.reason
    assert "mx:: it names no domain (in the record of b.example)" in outcome.reason


MANY = " ".join(f"a:a{number}.shop.example" for number in range(20))
REAL = {f"a{number}_shop_example_A": ("192.0.2.1",) for number in range(20)}


def of(count, rest="-all"):
    """A record with so many look-ups."""
    return f"v=spf1 {' '.join(MANY.split()[:count])} {rest}"


@pytest.mark.parametrize(
    ("record", "zone", "status", "severity"),
    [
        (of(8), REAL, PASSED, None),
        (of(9), REAL, FAILED, MEDIUM),
        (of(10), REAL, FAILED, MEDIUM),
        (of(11), REAL, FAILED, HIGH),
        (of(11), {}, FAILED, HIGH),
        (of(8, "ip4:192.0.2.1 ip6:2001:db8::1 exp=x.example -all"), REAL, PASSED, None),
        (of(8, "-all a:more.example mx include:c.example"), REAL, PASSED, None),
        (of(8, "-all redirect=c.example"), REAL, PASSED, None),
        (of(9, "redirect=c.example"), REAL | {"c_example_TXT": ("v=spf1 a",)}, FAILED, HIGH),
        (of(8, "ptr exists:%{i}.c.example -all"), REAL, FAILED, MEDIUM),
        (of(8, "include:c.example -all"), REAL | {"c_example_TXT": (of(2),)}, FAILED, HIGH),
        (of(8, "include:c.example -all"), REAL | {"c_example_TXT": ("v=spf1",)}, FAILED, MEDIUM),
        (of(10, "include:c.example"), REAL | {"c_example_TXT": LATE}, FAILED, HIGH),
        (of(2, "include:c.example"), REAL | {"c_example_TXT": LATE}, UNKNOWN, None),
        (of(2, "include:c.example"), REAL, UNKNOWN, None),
        ("v=spf1 include:shop.example -all", {}, FAILED, HIGH),
        (
            "v=spf1 redirect=c.example",
            {"c_example_TXT": ("v=spf1 a redirect=shop.example",)},
            FAILED,
            HIGH,
        ),
        ("v=spf1 include:%{i}.c.example -all", {}, PASSED, None),
        (
            "v=spf1 mx -all",
            {"shop_example_MX": tuple(f"{n} m{n}.b" for n in range(10))},
            PASSED,
            None,
        ),
        (
            "v=spf1 mx -all",
            {"shop_example_MX": tuple(f"{n} m{n}.b" for n in range(11))},
            FAILED,
            HIGH,
        ),
        ("v=spf1 mx:c.example -all", {"c_example_MX": LATE}, UNKNOWN, None),
        ("v=spf1 mx:c.example -all", {"c_example_MX": NX}, PASSED, None),
        ((), {}, NOTHING, None),
        (LATE, {}, UNKNOWN, None),
    ],
)
def test_mail_spf_lookups(record, zone, status, severity):
    """What stands behind `all`, and a redirect beside one, is never looked up."""
    outcome = spf_lookups(look(record, **zone))

    assert (outcome.status, outcome.severity) == (status, severity)


EMPTY = {"x_example_A": NX, "y_example_A": (), "y_example_AAAA": (), "z_example_MX": ()}


@pytest.mark.parametrize(
    ("record", "zone", "status"),
    [
        ("v=spf1 a:x.example a:y.example -all", EMPTY, PASSED),
        ("v=spf1 a:x.example a:y.example mx:z.example -all", EMPTY, FAILED),
        ("v=spf1 a:x.example a:x.example a:x.example -all", EMPTY, FAILED),
        ("v=spf1 a:x.example/24 a:y.example//64 exists:x.example -all", EMPTY, FAILED),
        ("v=spf1 -a:x.example ?a:y.example ~mx:z.example -all", EMPTY, FAILED),
        ("v=spf1 exists:%{i}.x.example a:x.example a:y.example -all", EMPTY, PASSED),
        (
            "v=spf1 a:x.example a:y.example a:v6.example -all",
            EMPTY | {"v6_example_A": (), "v6_example_AAAA": ("2001:db8::1",)},
            PASSED,
        ),
        (
            "v=spf1 a:x.example a:y.example a:late.example -all",
            EMPTY | {"late_example_A": LATE},
            UNKNOWN,
        ),
        ("v=spf1 a:x.example a:late.example -all", EMPTY | {"late_example_A": LATE}, PASSED),
        ("v=spf1 a:x.example a:y.example a:unasked.example -all", EMPTY, UNKNOWN),
    ],
)
def test_void_look_ups(record, zone, status):
    """More than two names that lead to nothing, for senders of both kinds of address."""
    assert spf_lookups(look(record, **zone)).status is status


ADDRESSES = "v=spf1 a mx:b.example exists:c.example exists:%{i}.d.example ptr -all a:e.example"


@pytest.mark.parametrize(
    ("record", "zone", "asked"),
    [
        (ADDRESSES, {}, {("b.example", "MX"), ("c.example", "A")}),
        ("v=spf1 a:y.example -all", EMPTY | {"y_example_AAAA": None}, {("y.example", "AAAA")}),
        ("v=spf1 a:c.example include:b.example -all", {}, {("b.example", "TXT")}),
        ("v=spf1 include:b.example -all", {"b_example_TXT": ("v=spf1 a",)}, {("b.example", "A")}),
        (" ".join(["v=spf1", *("a:c.example",) * 11, "-all"]), {}, set()),
    ],
)
def test_what_tells_void_look_ups_is_asked(record, zone, asked):
    """Once the includes are read, and only where the record is not over the limit anyway."""
    seen = look(record, **zone)
    wanted = set(senders(seen.dns, seen)) - {(DOMAIN, "MX"), (DOMAIN, "TXT"), (DOMAIN, "A")}

    assert {each for each in wanted if not seen.dns.answer(*each).known} == asked


@pytest.mark.parametrize("term", ["include:n.example", "redirect=n.example"])
def test_a_record_that_is_not_there_is_a_void_look_up_too(term):
    """It is one more name that leads to nothing."""
    outcome = spf_lookups(look(f"v=spf1 a:x.example a:x.example {term}", **EMPTY, n_example_TXT=()))

    assert "looks up 3 names in vain" in outcome.reason


def test_a_circle_is_named():
    """Counting its look-ups would hide what is wrong."""
    outcome = spf_lookups(
        look("v=spf1 include:b.example -all", b_example_TXT=("v=spf1 include:shop.example",))
    )

    assert "comes back to itself: include:shop.example (b.example)" in outcome.reason
    assert "stop after" not in outcome.reason


def test_includes_that_grow_without_end_are_counted_to_fifty():
    """Each of ten names includes the next one ten times: nobody counts to ten thousand million."""
    zone = {
        f"n{number}_example_TXT": ("v=spf1 " + f"include:n{number + 1}.example " * 10,)
        for number in range(10)
    }

    outcome = spf_lookups(look("v=spf1 include:n0.example -all", **zone))

    assert "more than 50 look-ups" in outcome.reason


@pytest.mark.parametrize(
    ("record", "zone", "status", "severity"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", {}, PASSED, None),
        ("v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 -all", {}, PASSED, None),
        ("v=spf1 ip4:0.0.0.0/0 -all", {}, FAILED, MEDIUM),
        ("v=spf1 ip4:10.0.0.0/8 -all", {}, FAILED, MEDIUM),
        ("v=spf1 ip4:10.0.0.0/9 -all", {}, FAILED, LOW),
        ("v=spf1 ip4:10.0.0.0/15 -all", {}, FAILED, LOW),
        ("v=spf1 ip4:10.0.0.0/16 -all", {}, PASSED, None),
        ("v=spf1 ip6:2000::/12 -all", {}, FAILED, MEDIUM),
        ("v=spf1 ip6:2000::/13 -all", {}, PASSED, None),
        ("v=spf1 a/8 -all", {}, FAILED, MEDIUM),
        ("v=spf1 mx/12//64 -all", {}, FAILED, LOW),
        ("v=spf1 a//8 mx/24 -all", {}, PASSED, None),
        ("v=spf1 ptr -all", {}, FAILED, LOW),
        ("v=spf1 ?ip4:0.0.0.0/0 -ip4:0.0.0.0/1 -all", {}, PASSED, None),
        ("v=spf1 -all ip4:0.0.0.0/0", {}, PASSED, None),
        (
            "v=spf1 include:c.example -all",
            {"c_example_TXT": ("v=spf1 ip4:1.0.0.0/8",)},
            FAILED,
            MEDIUM,
        ),
        (
            "v=spf1 ?include:c.example -all",
            {"c_example_TXT": ("v=spf1 ip4:1.0.0.0/8",)},
            PASSED,
            None,
        ),
        ("v=spf1 redirect=c.example", {"c_example_TXT": ("v=spf1 ptr -all",)}, FAILED, LOW),
        ("v=spf1 include:c.example -all", {"c_example_TXT": LATE}, UNKNOWN, None),
        ("v=spf1 include:c.example ip4:1.0.0.0/8 -all", {"c_example_TXT": LATE}, FAILED, MEDIUM),
        ((), {}, NOTHING, None),
    ],
)
def test_mail_spf_broad(record, zone, status, severity):
    """Wide networks count where they let somebody pass, included ones too."""
    outcome = spf_broad(look(record, **zone))

    assert (outcome.status, outcome.severity) == (status, severity)


def published(zonedata):
    """The answers that the zones of a scenario give, as a resolver tells them."""
    table = {}
    for name, rows in zonedata.items():
        key = name.lower()
        types = [next(iter(row)) for row in rows if isinstance(row, dict)]
        for row in rows:
            if row == "TIMEOUT":
                for type in ("TXT", "A", "AAAA", "MX"):
                    table.setdefault((key, type), LATE)
                continue
            ((type, value),) = row.items()
            if type == "SPF" and "TXT" not in types:
                type = "TXT"  # the rule of the suite: SPF stands for both
            elif value == "NONE":
                continue
            if type == "MX":
                value = f"{value[0]} {value[1]}"
            if isinstance(value, list):
                value = "".join(value)
            if type == "CNAME":
                table[key, "CNAME"] = (value,)
            elif not isinstance(table.get((key, type)), DnsStatus):
                table[key, type] = (*table.get((key, type), ()), value)
    return table


def seen(zonedata, domain):
    """A look at a domain that gets these answers; what is not there does not exist."""
    table = published(zonedata)
    names = {name for name, _ in table}
    answers = [
        Answer(name, type, DnsStatus.NOERROR, given) if isinstance(given, tuple)
        else Answer(name, type, given)
        for (name, type), given in table.items()
    ]  # fmt: skip
    for _ in range(30):
        look = Observations(domain, NOON, dns=Dns(tuple(answers)))
        wanted = questions(look)
        if not wanted:
            break
        answers += [
            Answer(name, type, DnsStatus.NOERROR if name in names else NX) for name, type in wanted
        ]
    return look


# Where a linter differs from a mail server that evaluates one message: what is expected instead.
DEVIATIONS = {
    # section 4.6.4 counts until a term matches; this sender is found before the eleventh term,
    # a stranger is not
    "include-at-limit": "permerror",
}
# Their result hangs on the name in the message (section 4.3), which no record can mend.
OF_THE_MESSAGE = frozenset(
    ("toolonglabel", "emptylabel", "helo-not-fqdn", "helo-domain-literal", "domain-literal")
)


def conformance():
    """Every case of the suite with its zone; one that is skipped where the suite is not there."""
    try:
        scenarios = list(yaml.safe_load_all(conformance_cases("rfc7208-tests.yml")))
    except pytest.skip.Exception:
        return [pytest.param("", {}, {}, id="not-fetched")]
    return [
        pytest.param(id, scenario["zonedata"], case, id=id)
        for scenario in scenarios
        for id, case in scenario["tests"].items()
        if id not in OF_THE_MESSAGE and isinstance(case["result"], str)
    ]


@pytest.mark.parametrize(("id", "zonedata", "case"), conformance())
def test_permerror_agrees_with_the_open_spf_suite(id, zonedata, case):
    """A record is at fault exactly where the suite expects permerror, the limits included."""
    if not id:
        conformance_cases("rfc7208-tests.yml")  # skips with the reason
    domain = case["mailfrom"].partition("@")[2] or case["helo"]
    view = seen(zonedata, domain)
    outcomes = [spf_syntax(view), spf_lookups(view)]
    doubled = "2 SPF records" in spf_present(view).reason
    broken = any(each.status is FAILED and each.severity is HIGH for each in outcomes)

    assert (broken or doubled) == (DEVIATIONS.get(id, case["result"]) == "permerror")
