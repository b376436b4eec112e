"""How a declared check meets an observation."""

from datetime import UTC, datetime

import pytest

from vendor_risk.checks.base import CATALOGUE, check
from vendor_risk.checks.observations import OBSERVATIONS, Observations, Tls, Unreachable
from vendor_risk.evidence import Evidence, Outcome, Severity, Status, failed, passed

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEEN = Evidence("seen", "dig example.com")


@pytest.fixture
def declare():
    """Declare a check for one test only, with a judge and the parts that it reads."""
    before = dict(CATALOGUE)

    def declare(judge, **fields):
        return check(
            **{
                "id": "tls.example",
                "control": "DP-01",
                "severity": Severity.HIGH,
                "requirement": "The example is good",
                "rationale": "A bad example misleads.",
                "remediation": "Mend the example.",
                "references": ("https://www.rfc-editor.org/rfc/rfc2606",),
            }
            | fields
        )(judge)

    yield declare
    CATALOGUE.clear()
    CATALOGUE.update(before)


def test_failed_look_is_unknown_and_never_judged(declare):
    """A check is not called when its part could not be observed."""

    def judge(tls) -> Outcome:
        raise AssertionError("called")

    checked = declare(judge)
    outcome = checked(Observations("a.example", NOON, tls=Unreachable("timed out after 10 s")))

    assert (outcome.status, outcome.reason) == (
        Status.UNKNOWN,
        "The host could not be seen: timed out after 10 s.",
    )


@pytest.mark.parametrize(
    ("part", "command"),
    [
        ("dns", "dig +noall +comments +answer a.example A"),
        ("tls", "openssl s_client -connect a.example:443 -servername a.example </dev/null"),
        ("http", "curl -gksS -D - -o /dev/null https://a.example/"),
        ("mail", "curl -gksS -D - -o /dev/null https://mta-sts.a.example/.well-known/mta-sts.txt"),
    ],
)
def test_a_failed_look_can_be_repeated(declare, part, command):
    """The evidence of an unknown outcome is the command that looks again."""
    judges = {
        "dns": lambda dns: passed(SEEN),
        "tls": lambda tls: passed(SEEN),
        "http": lambda http: passed(SEEN),
        "mail": lambda mail: passed(SEEN),
    }
    checked = declare(judges[part])

    outcome = checked(Observations("a.example", NOON, **{part: Unreachable("timed out")}))

    assert outcome.evidence == Evidence("timed out", command)


def test_reachability_check_sees_the_failure(declare):
    """A check that judges reachability itself is handed the failed look."""
    checked = declare(lambda tls: failed(SEEN, tls.reason), judges_reachability=True)

    outcome = checked(Observations("a.example", NOON, tls=Unreachable("connection refused")))

    assert (outcome.status, outcome.reason) == (Status.FAILED, "connection refused")


@pytest.mark.parametrize(("given", "shown"), [(None, Severity.HIGH), (Severity.LOW, Severity.LOW)])
def test_failed_outcome_has_the_declared_or_a_milder_severity(declare, given, shown):
    """A failed outcome without a severity takes the declared one."""
    checked = declare(lambda tls: failed(SEEN, "bad", severity=given))

    outcome = checked(Observations("a.example", NOON, tls=Tls("a.example", ())))

    assert outcome.severity is shown


def test_an_id_is_declared_once(declare):
    """Two checks of one name are an error at import."""
    declare(lambda tls: passed(SEEN))

    with pytest.raises(ValueError, match="declared twice"):
        declare(lambda tls: passed(SEEN))


@pytest.mark.parametrize("wants", ["asks", "gets"])
def test_what_a_check_wants_starts_from_parts_too(declare, wants):
    """A misspelt parameter is an error at import."""
    with pytest.raises(ValueError, match="no part of an observation"):
        declare(lambda tls: passed(SEEN), **{wants: lambda dms: ()})


def test_observations_go_to_json_and_back_unchanged():
    """The JSON of the command line is the dataclass."""
    text = (
        '{"domain": "a.example", "observed_at": "2026-11-22T12:00:00Z",'
        ' "dns": {"records": [{"name": "a.example", "type": "A", "status": "NOERROR",'
        ' "rdata": ["192.0.2.1"]}], "dnssec": "secure"},'
        ' "tls": {"unreachable": "connection refused"},'
        ' "http": {"responses": [{"url": "https://a.example/", "status": 200,'
        ' "headers": [["Set-Cookie", "a"], ["Set-Cookie", "b"]], "body": "hi"},'
        ' {"url": "http://a.example/", "unreachable": "timed out"}]}}'
    )

    observations = OBSERVATIONS.validate_json(text)

    assert OBSERVATIONS.validate_json(OBSERVATIONS.dump_json(observations)) == observations
    assert observations.http.responses[0].header("set-cookie") == ("a", "b")
