"""What was seen of one host: plain facts that go to JSON and back unchanged.

Decoding cuts whatever a host could make long (`OBSERVATIONS`), so a check never meets an endless
text; the limits lie far above what honest hosts send.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import islice
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, AwareDatetime, ConfigDict, TypeAdapter

from vendor_risk.checks import declared as declarations

BODY_LIMIT = 512 * 1024  # what the scanner reads of a page


def _text(limit: int) -> AfterValidator:
    return AfterValidator(lambda text: text[:limit])


Name = Annotated[str, _text(1024)]  # 255 octets, each escaped as \DDD in the worst case
Words = Annotated[str, _text(2048)]  # a reason, an address, a name of software
Url = Annotated[str, _text(8192)]
Field = Annotated[str, _text(65_536)]  # one header or one record: the most that a record can hold
# as much as OpenSSL takes of a whole chain, 100 KiB, in the letters of PEM
Pem = Annotated[str, _text(144 * 1024)]
CERTIFICATE_LIMIT = 16  # of a chain; public ones have two to four


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

    unreachable: Words
    kind: Failure | None = None

    @property
    def reason(self) -> str:
        """The words shown to the reader."""
        return self.unreachable if self.unreachable.strip() else "no reason was given"

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
    """One DNS question with its records as text; names in lower case, without the final dot.

    `authentic` says whether the resolver vouches for it by DNSSEC (the AD bit).
    """

    name: Name
    type: Words
    status: DnsStatus
    rdata: Annotated[tuple[Field, ...], AfterValidator(lambda rows: rows[:256])] = ()
    authentic: bool | None = None

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


@dataclass(frozen=True)
class Dns:
    """All questions asked about a host and its organisation."""

    records: Annotated[tuple[Answer, ...], AfterValidator(lambda rows: rows[:1024])]
    dnssec: Dnssec = Dnssec.UNKNOWN

    def answer(self, name: str, type: str) -> Answer:
        """The answer to a question; one that was never asked has the status NOT_ASKED."""
        found = self._index.get((name, type))  # most names come in the form that is compared
        if found is not None:
            return found
        wanted = _as_compared(name)
        return self._index.get((wanted, type)) or Answer(wanted, type, DnsStatus.NOT_ASKED)

    @cached_property
    def _index(self) -> dict[tuple[str, str], Answer]:
        """The answers by their question, the first where one stands twice."""
        index: dict[tuple[str, str], Answer] = {}
        for record in self.records:
            index.setdefault((_as_compared(record.name), record.type), record)
        return index


@lru_cache(maxsize=1024)
def _as_compared(name: str) -> str:
    return name.rstrip(".").casefold()


Chain = Annotated[tuple[Pem, ...], AfterValidator(lambda rows: rows[:CERTIFICATE_LIMIT])]


def _few(rows: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a table of which honest looks fill a handful."""
    return {key[:100]: value for key, value in islice(rows.items(), 32)}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One handshake with another address of the same host; `unreachable` says why there is none."""

    address: Words
    protocol: Words | None = None
    cipher: Words | None = None
    chain_pem: Chain = ()
    accepts: Annotated[Mapping[str, bool | None], AfterValidator(_few)] = field(
        default_factory=dict
    )
    unreachable: Words | None = None
    kind: Failure | None = None


@dataclass(frozen=True, slots=True)
class Handshakes:
    """What extra hellos showed, made only where the vendor was told; null is nobody could tell.

    `weak` maps a class of cipher suites to whether the host accepts a hello that offers no other:
    null, anon, export, rc4, 3des, cbc, no_forward_secrecy. `chosen` names the suite of each class.
    """

    weak: Annotated[Mapping[str, bool | None], AfterValidator(_few)] = field(default_factory=dict)
    chosen: Annotated[Mapping[str, Words], AfterValidator(_few)] = field(default_factory=dict)
    ephemeral_dh: bool | None = None
    dh_bits: int | None = None
    secure_renegotiation: bool | None = None
    extended_master_secret: bool | None = None
    fallback_scsv: bool | None = None
    compression: bool | None = None
    server_order: bool | None = None
    alpn: Words | None = None  # with h2 offered before http/1.1
    group: Words | None = None  # what the host chose with X25519MLKEM768 offered first
    elsewhere: Annotated[tuple[Elsewhere, ...], AfterValidator(lambda rows: rows[:8])] = ()
    connections: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Tls:
    """One handshake on port 443 with a modern hello; `chain_pem` is as sent, the leaf first.

    `staple_b64` is None where the host was asked for a staple and sent none, and empty where it
    was not asked. `early_data` counts the bytes that it takes before a resumed handshake is over.
    """

    host: Name
    chain_pem: Chain
    protocol: Words | None = None
    cipher: Words | None = None
    alpn: Words | None = None
    staple_b64: Pem | None = ""
    accepts: Annotated[Mapping[str, bool | None], AfterValidator(_few)] = field(
        default_factory=dict
    )
    extra_roots_pem: tuple[Pem, ...] = ()  # roots of the operator's CA_FILE, beside Mozilla's
    address: Words | None = None
    group: Words | None = None
    early_data: int | None = None
    handshakes: Handshakes | None = None


class Cut(StrEnum):
    """Why the text of a page is not whole."""

    SIZE = "size"  # it is longer than what is read of a page
    TIME = "time"  # the time for the host ran out
    PACKED = "packed"  # it came compressed, and nothing is unpacked
    BROKEN = "broken"  # the connection ended, or what came was no HTTP


@dataclass(frozen=True)
class Response:
    """One HTTP response; headers in the order received, duplicates kept; body cut to a length.

    `origin` is the header Origin that the request carried, as a script of another site would.
    """

    url: Url
    status: int
    headers: Annotated[
        tuple[tuple[Field, Field], ...], AfterValidator(lambda rows: rows[:256])
    ] = ()
    body: str = ""
    truncated: bool = False
    address: Words | None = None
    cut: Cut | None = None
    origin: Words | None = None

    def __post_init__(self) -> None:
        """Keep the limit of the body and say that it was reached."""
        if len(self.body) > BODY_LIMIT:
            object.__setattr__(self, "body", self.body[:BODY_LIMIT])
            object.__setattr__(self, "truncated", True)
            object.__setattr__(self, "cut", self.cut or Cut.SIZE)

    def header(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in the order received."""
        return self._fields.get(name.casefold(), ())

    @cached_property
    def _fields(self) -> dict[str, tuple[str, ...]]:
        """The values by the name of their header."""
        fields: dict[str, tuple[str, ...]] = {}
        for name, value in self.headers:
            key = name.casefold()
            fields[key] = (*fields.get(key, ()), value)
        return fields

    @cached_property
    def memo(self) -> dict[Any, Any]:
        """What was worked out from this response; it lives and dies with it."""
        return {}


@dataclass(frozen=True, slots=True)
class NoResponse:
    """A URL that was asked for and gave nothing."""

    url: Url
    unreachable: Words
    kind: Failure | None = None
    origin: Words | None = None

    @property
    def reason(self) -> str:
        """The words shown to the reader."""
        return Unreachable(self.unreachable, self.kind).reason

    @property
    def failure(self) -> Failure:
        """As in `Unreachable`."""
        return Unreachable(self.unreachable, self.kind).failure


@dataclass(frozen=True)
class Http:
    """Responses in the order asked: every hop of a redirect chain is one."""

    responses: Annotated[tuple[Response | NoResponse, ...], AfterValidator(lambda rows: rows[:128])]

    def get(self, url: str, origin: str | None = None) -> Response | NoResponse | None:
        """The first response of a URL, or None when it was never asked for in this way."""
        wanted = (url, origin)
        return next((each for each in self.responses if (each.url, each.origin) == wanted), None)

    @cached_property
    def memo(self) -> dict[Any, Any]:
        """What was worked out from these responses; it lives and dies with them."""
        return {}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One visit to a mail host on port 25; `starttls` is null where nobody could tell."""

    host: Name
    starttls: bool | None = None
    reason: Words | None = None  # why nobody could tell, or why the encryption failed
    protocol: Words | None = None
    cipher: Words | None = None
    chain_pem: Chain = ()
    address: Words | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """Facts of mail that are not DNS.

    `starttls` is False where one of the visited hosts does not offer it, and True where all do.
    `mta_sts` is how the host of the policy answered, without the text; `mta_sts_tls` is the
    handshake with it. Both are None where no record announces a policy.
    """

    mta_sts_policy: Field | None = None
    starttls: bool | None = None
    exchanges: Annotated[tuple[Exchange, ...], AfterValidator(lambda rows: rows[:8])] = ()
    extra_roots_pem: tuple[Pem, ...] = ()
    mta_sts: Response | NoResponse | None = None
    mta_sts_tls: Tls | Unreachable | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """How the look was made, so that a dispute can be settled."""

    scanner: str = ""
    resolvers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    tls_library: str = ""
    user_agent: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """One list of others at the time of the look; `reason` says why it does not tell enough."""

    name: Words
    dated: AwareDatetime | None = None
    licence: Words = ""
    attribution: Words = ""
    reason: Words = ""


@dataclass(frozen=True, slots=True)
class Breach:
    """Accounts of a domain that became public; `verified` as the maker of the list judges it."""

    name: Words
    title: Words
    domain: Name
    happened: date
    accounts: int
    classes: Annotated[tuple[Words, ...], AfterValidator(lambda rows: rows[:32])] = ()
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Exploited:
    """A vulnerability that attackers are known to use, in a product that was seen."""

    cve: Words
    maker: Words
    product: Words
    name: Words = ""
    due: date | None = None  # by when authorities of the USA had to mend it
    ransomware: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registry says of the registered name (RFC 9083), asked at `address`."""

    domain: Name
    expires: AwareDatetime | None = None
    status: Annotated[tuple[Words, ...], AfterValidator(lambda rows: rows[:32])] = ()
    registrar: Words = ""
    address: Url = ""


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A name that could be taken for the registered one, and exists."""

    name: Name
    kind: Words
    addresses: Annotated[tuple[Words, ...], AfterValidator(lambda rows: rows[:16])] = ()
    exchanges: Annotated[tuple[Name, ...], AfterValidator(lambda rows: rows[:16])] = ()


@dataclass(frozen=True, slots=True)
class LoggedCertificate:
    """A certificate that a public log of certificates holds."""

    names: Annotated[tuple[Name, ...], AfterValidator(lambda rows: rows[:32])]
    issuer: Words
    not_before: AwareDatetime | None = None
    not_after: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a host is that pages load from, by the list that the look had."""

    host: Name
    name: Words
    category: Words = ""  # a word such as ad, analytics, cdn, payment


@dataclass(frozen=True, slots=True)
class PageScripts:
    """What ran on one page: domains of third parties, and hashes as policies write them."""

    url: Url
    domains: Annotated[tuple[Name, ...], AfterValidator(lambda rows: rows[:64])] = ()
    inline: Annotated[tuple[Words, ...], AfterValidator(lambda rows: rows[:64])] = ()
    # address of a script and the integrity that the page demands of it
    integrity: Annotated[tuple[tuple[Url, Words], ...], AfterValidator(lambda rows: rows[:64])] = ()


@dataclass(frozen=True, slots=True)
class Previous:
    """What the look before saw on the pages of the same host."""

    observed_at: AwareDatetime
    pages: Annotated[tuple[PageScripts, ...], AfterValidator(lambda rows: rows[:16])] = ()


@dataclass(frozen=True, slots=True)
class JsAdvisory:
    """Versions of a library in which a flaw is known: from `at_or_above` up to `below`."""

    below: Words
    severity: Words
    at_or_above: Words = ""
    excludes: Annotated[tuple[Words, ...], AfterValidator(lambda rows: rows[:32])] = ()
    identifier: Words = ""


@dataclass(frozen=True, slots=True)
class JsLibrary:
    """A library, how it is recognised in an address (§§version§§ is its version), its flaws."""

    name: Words
    names: Annotated[tuple[Words, ...], AfterValidator(lambda rows: rows[:16])] = ()
    uris: Annotated[tuple[Words, ...], AfterValidator(lambda rows: rows[:16])] = ()
    filenames: Annotated[tuple[Words, ...], AfterValidator(lambda rows: rows[:16])] = ()
    advisories: Annotated[tuple[JsAdvisory, ...], AfterValidator(lambda rows: rows[:256])] = ()


@dataclass(frozen=True, slots=True)
class Intel:
    """What lists of others say of what was seen; None where nothing was compared."""

    js_advisories: (
        Annotated[tuple[JsLibrary, ...], AfterValidator(lambda rows: rows[:512])] | None
    ) = None
    feeds: Annotated[tuple[Feed, ...], AfterValidator(lambda rows: rows[:16])] = ()
    breaches: Annotated[tuple[Breach, ...], AfterValidator(lambda rows: rows[:64])] | None = None
    exploited: Annotated[tuple[Exploited, ...], AfterValidator(lambda rows: rows[:64])] | None = (
        None
    )
    registration: Registration | None = None
    lookalikes: Annotated[tuple[Lookalike, ...], AfterValidator(lambda rows: rows[:320])] | None = (
        None
    )
    certificates: (
        Annotated[tuple[LoggedCertificate, ...], AfterValidator(lambda rows: rows[:256])] | None
    ) = None

    def feed(self, name: str) -> Feed:
        """A list by its name; one that nobody had says so."""
        nothing = Feed(name, reason="no such list was read for this look")
        return next((each for each in self.feeds if each.name == name), nothing)


_NOT_OBSERVED = Unreachable("not observed")


@dataclass(frozen=True, slots=True)
class Observations:
    """One look at one host; `observed_at` is UTC-aware and is the time that checks compare with.

    `declared` are pages that somebody named as check-out or log-in, beside those that links name.
    """

    # a scan that keeps nothing needs no reader of JSON, which takes a tenth of a second to build
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    domain: Name
    observed_at: AwareDatetime
    dns: Dns | Unreachable = _NOT_OBSERVED
    tls: Tls | Unreachable = _NOT_OBSERVED
    http: Http | Unreachable = _NOT_OBSERVED
    mail: Mail | Unreachable = _NOT_OBSERVED
    method: Method = Method()
    owners: Annotated[tuple[Owner, ...], AfterValidator(lambda rows: rows[:256])] | None = None
    previous: Previous | None = None
    intel: Intel = Intel()
    declared: Annotated[tuple[str, ...], AfterValidator(declarations.checked)] = ()


OBSERVATIONS: TypeAdapter[Observations] = TypeAdapter(Observations)
