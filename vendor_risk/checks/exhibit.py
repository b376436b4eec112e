"""Exhibits: the value seen, made harmless and short, with the command that repeats the look.

Every text here may come from a hostile host. Control and direction characters are written as
escapes, so that a terminal or a page shows what is there; names and addresses are quoted for the
shell, so that a pasted command does what it says and nothing else.
"""

import re
import shlex

from vendor_risk.evidence import Evidence

LIMIT = 300  # characters of a value: about four lines of a report
NAME_LIMIT = 260  # a domain name has at most 253 characters

FETCH = "`vendor-risk feeds update` fetches the list."

_PLAIN_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252})", re.IGNORECASE)


def shown(text: str, limit: int = LIMIT) -> str:
    """The text on one line, at most `limit` characters, with nothing that steers a terminal."""
    head = text[: limit + 1]
    if not head.isprintable():
        head = "".join(map(_visible, head))
    return head if len(head) <= limit else head[: limit - 1] + "…"


def _seen(value: str) -> str:
    """The value; one that is empty is said to be, or nothing would stand where it should."""
    return shown(value) if value.strip() else "(empty)"


def not_seen(reason: str, what: str = "host") -> str:
    """The bare words of a look that failed, as a sentence with its subject."""
    if reason == "not observed":
        return "This part of the host was not looked at."
    return f"The {what} could not be seen: {shown(reason).rstrip('.')}."


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    if character in "\r\n\t":
        return " "
    return character.encode("unicode_escape").decode("ascii")


def by_dig(value: str, name: str, type: str, *options: str) -> Evidence:
    """Something that the DNS said."""
    wanted = shown(name, NAME_LIMIT)
    # the comments tell that a name does not exist, or has no such record: the answer is then empty
    flags = " ".join(("dig", "+noall", "+comments", "+answer", *options))
    if _PLAIN_NAME.fullmatch(wanted):
        return Evidence(_seen(value), f"{flags} {wanted} {type}")
    # -q keeps dig from reading a name that begins with @, + or - as a server or an option
    return Evidence(_seen(value), f"{flags} -t {type} -q {shlex.quote(wanted)}")


def by_handshake(value: str, host: str, *options: str) -> Evidence:
    """What became of a TLS handshake; `options` are those of `openssl s_client`."""
    return Evidence(_seen(value), f"{' '.join((_openssl(host), *options))} </dev/null")


def by_address(value: str, host: str, address: str) -> Evidence:
    """What a handshake with one of several addresses showed."""
    wanted = shown(address, NAME_LIMIT)
    place = shlex.quote(f"[{wanted}]:443" if ":" in wanted else f"{wanted}:443")
    name = shlex.quote(shown(host, NAME_LIMIT))
    return Evidence(
        _seen(value), f"openssl s_client -connect {place} -servername {name} </dev/null"
    )


def by_nmap(value: str, host: str, script: str = "ssl-enum-ciphers") -> Evidence:
    """What a host accepts of TLS; openssl of today can no longer ask for what is broken."""
    wanted = shlex.quote(shown(host, NAME_LIMIT))
    return Evidence(_seen(value), f"nmap -Pn -p 443 --script {script} -- {wanted}")


def by_mail_handshake(value: str, host: str) -> Evidence:
    """What a mail host says to STARTTLS."""
    wanted = shlex.quote(shown(host, NAME_LIMIT) + ":25")
    return Evidence(_seen(value), f"openssl s_client -starttls smtp -connect {wanted} </dev/null")


def by_certificate(value: str, host: str, *options: str) -> Evidence:
    """Something that the served certificate says; `options` are those of `openssl x509`."""
    return Evidence(
        _seen(value), f"{_openssl(host)} </dev/null | openssl x509 -noout {' '.join(options)}"
    )


def by_chain(value: str, host: str) -> Evidence:
    """What the verification of the served chain said; openssl asks the system's own roots."""
    command = f"{_openssl(host)} -showcerts -verify_return_error </dev/null"
    return Evidence(_seen(value), command)


def by_certificates(value: str, host: str) -> Evidence:
    """Something that the served certificates say, the intermediate ones included."""
    return Evidence(
        _seen(value),
        f"{_openssl(host)} -showcerts </dev/null | openssl crl2pkcs7 -nocrl -certfile /dev/stdin"
        " | openssl pkcs7 -noout -print_certs -text",
    )


def _openssl(host: str) -> str:
    wanted = shown(host, NAME_LIMIT)
    return (
        f"openssl s_client -connect {shlex.quote(wanted + ':443')}"
        f" -servername {shlex.quote(wanted)}"
    )


def by_curl(value: str, url: str, *, follow: bool = False) -> Evidence:
    """What a page answered, its headers above all; `follow` walks the redirects."""
    # -g: no globbing of [] and {} in hostile addresses; -k: look past a bad certificate
    flags = "curl -gksS -D - -o /dev/null" + (" -L --max-redirs 10" if follow else "")
    return Evidence(_seen(value), f"{flags} {shlex.quote(shown(url))}")


def by_curl_twice(value: str, url: str) -> Evidence:
    """What a page answers past a bad certificate, and then what is wrong with that."""
    page = shlex.quote(shown(url))
    command = f"curl -gksS -D - -o /dev/null {page}; curl -gsS -o /dev/null {page}"
    return Evidence(_seen(value), command)


def by_curl_body(value: str, url: str, pattern: str) -> Evidence:
    """What the text of a page says."""
    return Evidence(
        _seen(value), f"curl -gksS {shlex.quote(shown(url))} | grep -io {shlex.quote(pattern)}"
    )


def by_curl_text(value: str, url: str) -> Evidence:
    """What a short text file says, where no redirect counts."""
    return Evidence(_seen(value), f"curl -gsS {shlex.quote(shown(url))}")


def by_breach_list(value: str, name: str) -> Evidence:
    """What the public list of breaches says of a domain."""
    url = f"https://haveibeenpwned.com/api/v3/breaches?domain={shown(name, NAME_LIMIT)}"
    return Evidence(_seen(value), f"curl -gsS {shlex.quote(url)}")


def by_registry(value: str, name: str, address: str = "") -> Evidence:
    """What the registry of a name says."""
    url = address or f"https://rdap.org/domain/{shown(name, NAME_LIMIT)}"
    return Evidence(_seen(value), f"curl -gsSL {shlex.quote(shown(url))}")


def of_part(part: str, reason: str, domain: str) -> Evidence:
    """Why a whole part of a look failed, with the shortest command that takes the look again."""
    if part == "dns":
        return by_dig(reason, domain, "A")
    if part == "tls":
        return by_handshake(reason, domain)
    if part == "mail":
        return by_curl(reason, f"https://mta-sts.{domain}/.well-known/mta-sts.txt")
    return by_curl(reason, f"https://{domain}/")
