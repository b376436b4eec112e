"""The check of MTA-STS: do senders learn that mail to the domain must be encrypted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vendor_risk.checks import mtasts
from vendor_risk.checks.base import Question, check
from vendor_risk.checks.exhibit import by_curl, by_curl_text, by_dig, not_seen, of_part, shown
from vendor_risk.checks.lookup import addresses, lookup, silence
from vendor_risk.checks.mail import names, no_mail, receiver, servers, settled
from vendor_risk.checks.observations import (
    Cut,
    Dns,
    Failure,
    Mail,
    NoResponse,
    Observations,
    Response,
    Tls,
    Unreachable,
)
from vendor_risk.checks.pages import REDIRECTS, blocked, troubled
from vendor_risk.checks.tls import blemish
from vendor_risk.evidence import (
    N_,
    Outcome,
    Severity,
    failed,
    passed,
    unknown,
)

_SHORT_AGE = 86_400  # a day; RFC 8461 section 3.2 expects weeks
_SAID_NO = (Failure.REFUSED, Failure.ALERT)  # every sender gets this answer, not only this look


def announcement(dns: Dns, observations: Observations) -> Iterator[Question]:
    """MX and TXT that tell whose mail it is, and the record that announces a policy."""
    for name in names(observations):
        yield from ((name, "MX"), (name, "TXT"))
    if settled(dns, observations):
        yield f"_mta-sts.{receiver(dns, observations.domain)}", "TXT"


@check(
    id="mail.mtasts",
    control="DN-01",
    severity=Severity.MEDIUM,
    requirement=N_("Senders are told by a working MTA-STS policy to encrypt mail to the domain"),
    rationale=N_(
        "Servers encrypt mail to each other only if nobody on the way says otherwise: whoever sits"
        " there strips the offer and reads contracts and password resets. A policy makes senders"
        " insist, and a broken one protects nobody while everybody believes in it."
    ),
    remediation=N_(
        "Serve this file at https://mta-sts.example.com/.well-known/mta-sts.txt as text/plain, with"
        " a valid certificate and without a redirect; begin with mode: testing and list every MX"
        " host:\n"
        "\n"
        "    version: STSv1\n"
        "    mode: enforce\n"
        "    mx: mail.example.com\n"
        "    max_age: 1209600\n"
        "\n"
        "Then announce it, with a new id after each change:\n"
        "\n"
        '    _mta-sts.example.com. 3600 IN TXT "v=STSv1; id=20261122T1200"\n'
        "\n"
        "nginx:\n"
        "\n"
        "    location = /.well-known/mta-sts.txt { root /var/www/mta-sts; }\n"
        "\n"
        "Apache:\n"
        "\n"
        "    Alias /.well-known/mta-sts.txt /var/www/mta-sts/mta-sts.txt"
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc8461#section-3",
        "https://www.rfc-editor.org/rfc/rfc8461#section-4",
    ),
    asks=announcement,
)
def mta_sts(dns: Dns, observations: Observations) -> Outcome:
    """The record, the file behind it, the certificate in front of that, and the servers it names.

    The mail part of a look is needed only where a record announces a policy.
    """
    name = receiver(dns, observations.domain)
    without = no_mail(dns, name)
    if without is not None:
        return without
    at = f"_mta-sts.{name}"
    answer = lookup(dns, at, "TXT")
    if not answer.known:
        return unknown(silence(answer), by_dig(answer.status, at, "TXT"))
    found = mtasts.meant(answer)
    evidence = by_dig(" | ".join(found) or f"{at}: {answer.status}, no record", at, "TXT")
    if not found:
        return failed(
            evidence,
            f"{shown(name, 150)} has no MTA-STS record, so senders take unencrypted delivery for"
            " normal.",
            severity=Severity.MEDIUM.one_lower,
        )
    fault = mtasts.record_fault(found[0]) if len(found) == 1 else "there is more than one"
    if fault:
        reason = f"Senders ignore the MTA-STS record of {shown(name, 150)}: {fault}."
        return failed(evidence, reason)
    return _Case(name, dns, observations).outcome()


@dataclass(frozen=True, slots=True)
class _Case:
    """A domain whose record announces a policy."""

    name: str
    dns: Dns
    observations: Observations

    @property
    def url(self) -> str:
        return mtasts.address(self.name)

    def outcome(self) -> Outcome:
        mail = self.observations.mail
        if isinstance(mail, Unreachable):
            return unknown(not_seen(mail.reason), of_part("mail", mail.reason, self.name))
        if mail.mta_sts_policy is None:
            return self._unserved(mail)
        bad = self._certificate(mail)
        if bad:
            reason = f"Senders refuse the certificate of {mtasts.host(self.name)}: {bad}"
            return failed(by_curl(shown(bad), self.url), shown(reason, 400))
        return self._policy(mail.mta_sts_policy, mail.mta_sts)

    def _unserved(self, mail: Mail) -> Outcome:
        """Why there is no policy: the host said so, or the look itself went wrong."""
        answer = mail.mta_sts
        if isinstance(answer, NoResponse):
            evidence = by_curl(answer.reason, self.url)
            if answer.failure in _SAID_NO or self._is_nowhere():
                return self._none(f"{mtasts.host(self.name)} gives none ({shown(answer.reason)})")
            return unknown(f"The MTA-STS policy was not served: {shown(answer.reason)}.", evidence)
        if answer is None:
            return self._none("no policy is served")
        evidence = by_curl(f"HTTP {answer.status}", self.url)
        trouble = troubled(answer)
        if trouble is not None:
            return unknown(f"The MTA-STS policy was not served: {shown(trouble)}.", evidence)
        if answer.status in REDIRECTS:
            return self._none("the server redirects, which senders must not follow", answer)
        if answer.status != 200:
            return self._none(f"the server answers HTTP {answer.status}", answer)
        if answer.cut in (Cut.TIME, Cut.BROKEN, Cut.PACKED):
            return unknown("The MTA-STS policy did not come whole.", evidence)
        return self._none("what is served is too long or no text", answer)

    def _none(self, why: str, answer: Response | None = None) -> Outcome:
        value = f"HTTP {answer.status}" if answer else "no policy"
        reason = f"A record announces an MTA-STS policy for {shown(self.name, 100)}, but {why}."
        return failed(by_curl(value, self.url), reason)

    def _is_nowhere(self) -> bool:
        """Whether the zone said that the host of the policy has no address."""
        answers = [lookup(self.dns, mtasts.host(self.name), type) for type in ("A", "AAAA")]
        return all(answer.known and not addresses(answer) for answer in answers)

    def _certificate(self, mail: Mail) -> str:
        """Why senders refuse the certificate, empty when they don't or nobody saw it."""
        if not isinstance(mail.mta_sts_tls, Tls):
            return ""
        host = mtasts.host(self.name)
        handshake = replace(mail.mta_sts_tls, host=host)
        here = Observations(host, self.observations.observed_at, tls=handshake)
        return blemish(here) or ""

    def _policy(self, text: str, answer: Response | NoResponse | None) -> Outcome:
        policy = mtasts.parse(text)
        evidence = by_curl_text(" / ".join(text[:600].split("\n")), self.url)
        whose = shown(self.name, 100)
        wall = blocked(replace(answer, body=text)) if isinstance(answer, Response) else None
        if wall is not None:
            return unknown(f"The visit was blocked: {shown(wall)}.", evidence)
        if policy.faults:
            faults = shown("; ".join(policy.faults[:4]), 250)
            return failed(evidence, f"Senders cannot read the MTA-STS policy of {whose}: {faults}.")
        strangers = [host for host in servers(self.dns, self.name) if not policy.covers(host)]
        if strangers and policy.mode != "none":
            listed = shown(", ".join(strangers), 200)
            reason = f"The MTA-STS policy of {whose} does not name all of its mail servers"
            return failed(evidence, f"{reason}: {listed}.")
        weak = _weakness(policy, answer)
        if weak:
            reason = f"The MTA-STS policy of {whose} {weak}."
            return failed(evidence, reason, severity=Severity.MEDIUM.one_lower)
        return passed(evidence)


def _weakness(policy: mtasts.Policy, answer: Response | NoResponse | None) -> str:
    """Why a readable policy protects less than it could, as a predicate."""
    if policy.mode != "enforce":
        words = {"testing": "is only being tested", "none": "switches MTA-STS off"}
        return f"{words[policy.mode]} (mode: {policy.mode})"
    if policy.max_age < _SHORT_AGE:
        return f"is forgotten within a day (max_age: {policy.max_age})"
    types = answer.header("content-type") if isinstance(answer, Response) else ()
    if types and types[0].partition(";")[0].strip().casefold() != "text/plain":
        return f"is not served as text/plain but as {shown(types[0], 60)}, which senders may refuse"
    return ""
