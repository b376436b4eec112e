"""What was seen of one host: plain facts that go to JSON and back unchanged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter


class Failure(StrEnum):
    """Why a look failed, as far as a check may care."""

    REFUSED = "refused"  # the host said no: a TCP reset to the SYN
    ALERT = "alert"  # the host ended the handshake with a TLS alert
    TIMEOUT = "timeout"
    RESET = "reset"
    DNS = "dns"
    BLOCKED = "blocked"  # we refused: the address is private, or the port is not ours to visit
    OTHER = "other"


_WORDS = {
    "refused": Failure.REFUSED,
    "alert": Failure.ALERT,
    "timed out": Failure.TIMEOUT,
    "timeout": Failure.TIMEOUT,
    "reset": Failure.RESET,
    "dns": Failure.DNS,
}


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A part that could not be observed, with the reason in words a reader understands."""

    unreachable: str
    kind: Failure | None = None

    @property
    def reason(self) -> str:
        """The words shown to the reader."""
        return self.unreachable

    @property
    def failure(self) -> Failure:
        """The kind, read from the words where an outside observation names none."""
        if self.kind is not None:
            return self.kind
        words = self.unreachable.casefold()
        return next((kind for word, kind in _WORDS.items() if word in words), Failure.OTHER)


class DnsStatus(StrEnum):
    """What became of one DNS question."""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"
    SERVFAIL = "SERVFAIL"
    TIMEOUT = "TIMEOUT"
    NOT_ASKED = "NOT_ASKED"


@dataclass(frozen=True, slots=True)
class Answer:
    """One DNS question with its records as text; names in lower case, without the final dot."""

    name: str
    type: str
    status: DnsStatus
    rdata: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the zone itself answered, be it with nothing."""
        return self.status in (DnsStatus.NOERROR, DnsStatus.NXDOMAIN)


class Dnssec(StrEnum):
    """What the validating resolver says of the host's name."""

    SECURE = "secure"
    INSECURE = "insecure"
    BOGUS = "bogus"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Dns:
    """All questions asked about a host and its organisation."""

    records: tuple[Answer, ...]
    dnssec: Dnssec = Dnssec.UNKNOWN

    def answer(self, name: str, type: str) -> Answer:
        """The answer to a question; one that was never asked has the status NOT_ASKED."""
        wanted = name.rstrip(".").casefold()
        for record in self.records:
            if record.type == type and record.name.rstrip(".").casefold() == wanted:
                return record
        return Answer(wanted, type, DnsStatus.NOT_ASKED)


@dataclass(frozen=True, slots=True)
class Tls:
    """One handshake on port 443 with a modern hello; `chain_pem` is as sent, the leaf first."""

    host: str
    chain_pem: tuple[str, ...]
    protocol: str | None = None
    cipher: str | None = None
    alpn: str | None = None
    staple_b64: str | None = None
    accepts: Mapping[str, bool | None] = field(default_factory=dict)
    extra_roots_pem: tuple[str, ...] = ()  # roots of the operator's CA_FILE, beside Mozilla's
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; headers in the order received, duplicates kept; body cut to a length."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    truncated: bool = False
    address: str | None = None

    def header(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in the order received."""
        wanted = name.casefold()
        return tuple(value for key, value in self.headers if key.casefold() == wanted)


@dataclass(frozen=True, slots=True)
class NoResponse:
    """A URL that was asked for and gave nothing."""

    url: str
    unreachable: str
    kind: Failure | None = None

    @property
    def reason(self) -> str:
        """The words shown to the reader."""
        return self.unreachable

    @property
    def failure(self) -> Failure:
        """As in `Unreachable`."""
        return Unreachable(self.unreachable, self.kind).failure


@dataclass(frozen=True, slots=True)
class Http:
    """Responses in the order asked: every hop of a redirect chain is one."""

    responses: tuple[Response | NoResponse, ...]

    def get(self, url: str) -> Response | NoResponse | None:
        """The first response of a URL, or None when it was never asked."""
        return next((response for response in self.responses if response.url == url), None)


@dataclass(frozen=True, slots=True)
class Mail:
    """Facts of mail that are not DNS."""

    mta_sts_policy: str | None = None
    starttls: bool | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """How the look was made, so that a dispute can be settled."""

    scanner: str = ""
    resolvers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    tls_library: str = ""
    user_agent: str = ""
    seconds: float | None = None


_NOT_OBSERVED = Unreachable("not observed")


@dataclass(frozen=True, slots=True)
class Observations:
    """One look at one host; `observed_at` is UTC-aware and is the time that checks compare with."""

    domain: str
    observed_at: datetime
    dns: Dns | Unreachable = _NOT_OBSERVED
    tls: Tls | Unreachable = _NOT_OBSERVED
    http: Http | Unreachable = _NOT_OBSERVED
    mail: Mail | Unreachable = _NOT_OBSERVED
    method: Method = Method()


OBSERVATIONS: TypeAdapter[Observations] = TypeAdapter(Observations)
