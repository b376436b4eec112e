"""Set-Cookie headers, read as browsers read them (draft-ietf-httpbis-rfc6265bis-22 section 5)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from vendor_risk.checks.names import is_registry_suffix, is_subdomain, plain
from vendor_risk.checks.tables import sessions

PAIR_LIMIT = 4096  # characters of name and value together; browsers drop longer cookies
ATTRIBUTE_LIMIT = 1024  # characters of the value of an attribute; longer ones are passed over
_LENGTH_LIMIT = 65_536
_ATTRIBUTES = 64  # that are read of one cookie
_STEERING = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_BLANKS = " \t"
_MAX_AGE = re.compile(r"-?[0-9]+")
_WORD = re.compile(r"[a-z0-9]+")
_SECRET_LEAST = 8  # characters: below it a value can be tried out
# letters and digits mixed, or a long run; not a number, a word in small letters, an address
_SECRET = re.compile(
    r"(?!\d+\Z)(?![a-z_-]{1,19}\Z)(?!/|%2f|https?:).+|[0-9]{20,}|[a-z]{20,}",
    re.IGNORECASE | re.DOTALL,
)
_GONE = ("", "deleted", "delete", "null", "none", "0", "1", "true", "false", "yes", "no")
_SAME_SITE = ("strict", "lax", "none")
HOST, SECURE = "__host-", "__secure-"


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie as it was set; of an attribute that stands twice the last counts."""

    name: str
    value: str
    secure: bool = False
    http_only: bool = False
    same_site: str | None = None  # as written; None without the attribute
    domain: str = ""  # in lower case without the first dot; empty for the host alone
    path: str = ""  # empty for the folder of the page
    max_age: int | None = None
    expires: datetime | None = None
    attributes: str = ""  # as written, with the first semicolon

    @property
    def shown(self) -> str:
        """The cookie without its value, which is a secret where it is a session."""
        return f"{self.name}=…{self.attributes}"

    @property
    def prefix(self) -> str:
        """`__host-`, `__secure-` or nothing; browsers do not mind the case."""
        # a cookie without a name is sent as its value alone, so that can look like a prefix too
        begin = (self.name or self.value).lower()
        return next((each for each in (HOST, SECURE) if begin.startswith(each)), "")

    @property
    def restricts(self) -> str:
        """Strict, lax or none where browsers know the word of SameSite, else nothing."""
        word = (self.same_site or "").lower()
        return word if word in _SAME_SITE else ""

    def ended(self, now: datetime) -> bool:
        """Whether the header only deletes a cookie."""
        if self.max_age is not None:
            return self.max_age <= 0
        return self.expires is not None and self.expires <= now

    def belongs(self, host: str) -> bool:
        """Whether a browser takes the cookie from a host."""
        if not self.domain or plain(self.domain) == plain(host):
            return True
        return is_subdomain(host, self.domain) and not is_registry_suffix(self.domain)

    @property
    def _may_be_secret(self) -> bool:
        """Whether the value could be one that nobody guesses: no number, word, address or flag."""
        value = self.value.strip('"')
        return len(value) >= _SECRET_LEAST and _SECRET.fullmatch(value) is not None

    @property
    def carries_session(self) -> bool:
        """Whether the name says that whoever has the cookie is logged in."""
        name = self.name.lower()
        name = name[len(self.prefix) :] if self.name else name
        if self.value.strip('"').lower() in _GONE:
            return False
        if any(each in name for each in sessions.HARMLESS):
            return False
        words = _WORD.findall(name)
        whole = "".join(words)
        if (
            whole not in sessions.WORDS
            and not whole.endswith(("sessid", "sessionid"))
            and not self._may_be_secret
        ):
            return False  # a session by its name only in part, and by its value not at all
        return (
            not sessions.WORDS.isdisjoint(words)
            or any(each in name for each in sessions.PARTS)
            or any(_begins(name, each) for each in sessions.BEGINNINGS)
        )


def _begins(name: str, beginning: str) -> bool:
    """Whether only letters and digits follow, at least eight of them."""
    rest = name.removeprefix(beginning)
    return len(rest) >= 8 and rest != name and rest.isalnum()


def parse(header: str) -> Cookie | None:
    """The cookie of one header, or None where browsers drop it as a whole."""
    if len(header) > _LENGTH_LIMIT or _STEERING.search(header):
        return None
    pair, semicolon, rest = header.partition(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    name, value = name.strip(_BLANKS), value.strip(_BLANKS)
    if not (name or value) or len(name) + len(value) > PAIR_LIMIT:
        return None
    given = _attributes(rest)
    max_age = given.get("max-age", "")
    return Cookie(
        name,
        value,
        secure="secure" in given,
        http_only="httponly" in given,
        same_site=given.get("samesite"),
        domain=given.get("domain", "").removeprefix(".").lower(),
        path=given.get("path", "") if given.get("path", "").startswith("/") else "",
        max_age=int(max_age) if max_age else None,
        expires=moment(given["expires"]) if "expires" in given else None,
        attributes=semicolon + rest,
    )


def _attributes(rest: str) -> dict[str, str]:
    """Names in lower case to values; what cannot be read is as if it did not stand there."""
    given: dict[str, str] = {}
    for part in rest.split(";", _ATTRIBUTES)[:_ATTRIBUTES]:
        name, _, value = (text.strip(_BLANKS) for text in part.partition("="))
        name = name.lower()
        if len(value) > ATTRIBUTE_LIMIT:
            continue
        if name == "max-age" and not (_MAX_AGE.fullmatch(value) and len(value) <= 18):
            continue
        if name == "expires" and moment(value) is None:
            continue
        given[name] = value
    return given


def fault_of_prefix(cookie: Cookie, *, encrypted: bool) -> str:
    """Which promise of its prefix a cookie breaks, empty where it keeps all (section 5.7)."""
    if not cookie.prefix:
        return ""
    if not cookie.name:
        return "it has no name, only a value that looks like one"
    if not cookie.secure:
        return "Secure is missing"
    if not encrypted:
        return "it was set over http"
    if cookie.prefix == HOST and cookie.domain:
        return "Domain is given"
    if cookie.prefix == HOST and cookie.path != "/":
        return "Path=/ is missing"
    return ""


_BETWEEN = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])")
_DAY = re.compile(r"([0-9]{1,2})(?![0-9])")
_YEAR = re.compile(r"([0-9]{2,4})(?![0-9])")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def moment(text: str) -> datetime | None:
    """The time that a cookie's date names; browsers read almost anything (section 5.1.1)."""
    clock: re.Match[str] | None = None
    day = month = year = 0
    year_seen = False
    for token in _BETWEEN.split(text[:ATTRIBUTE_LIMIT]):
        if clock is None and (found := _TIME.match(token)):
            clock = found
        elif not day and (found := _DAY.match(token)):
            day = int(found[1])
        elif not month and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif not year_seen and (found := _YEAR.match(token)):
            year, year_seen = int(found[1]), True
    if clock is None or not (day and month and year_seen):
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    hour, minute, second = map(int, clock.groups())
    try:
        return (
            datetime(year, month, day, hour, minute, second, tzinfo=UTC) if year >= 1601 else None
        )
    except ValueError:
        return None
