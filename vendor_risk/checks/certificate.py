"""Certificates read piece by piece: one malformed extension never hides the rest."""

import ipaddress
import warnings
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from vendor_risk.checks import der
from vendor_risk.checks.names import is_registry_suffix, plain

# A serial number of 0 is the issuer's fault and no reason to write to a reader's terminal.
warnings.filterwarnings("ignore", message="Parsed a serial number which wasn't positive")


@lru_cache(maxsize=256)  # some hundred looks side by side have one or two of their own
def load(pem: str) -> x509.Certificate | None:
    """The certificate in a PEM text, or None where there is none that can be read."""
    try:
        return x509.load_pem_x509_certificate(pem.encode("utf-8", "replace"))
    except (ValueError, x509.InvalidVersion):  # the latter is no ValueError
        return None


def named(name: x509.Name) -> str:
    """The best word for a subject or issuer: common name, else unit, else organisation."""
    for oid in (
        NameOID.COMMON_NAME,
        NameOID.ORGANIZATIONAL_UNIT_NAME,
        NameOID.ORGANIZATION_NAME,
    ):
        for attribute in name.get_attributes_for_oid(oid):
            if attribute.value:
                return _text(attribute.value)
    return "(no name)"


def organisation(name: x509.Name) -> str:
    """The organisation in a subject or issuer, empty where there is none."""
    found = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return _text(found[0].value) if found else ""


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def subject(certificate: x509.Certificate) -> x509.Name | None:
    """Whom a certificate is for, or None where the field cannot be read."""
    try:
        return certificate.subject
    except ValueError:
        return None


def issuer(certificate: x509.Certificate) -> x509.Name | None:
    """Who issued a certificate, or None where the field cannot be read."""
    try:
        return certificate.issuer
    except ValueError:
        return None


def validity(certificate: x509.Certificate) -> tuple[datetime, datetime] | None:
    """From when to when a certificate counts, or None where the dates cannot be read."""
    try:
        return certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Names:
    """The alternative names of a certificate; `fault` says why they cannot be read."""

    dns: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    present: bool = True
    fault: str = ""


@lru_cache(maxsize=256)
def names(certificate: x509.Certificate) -> Names:
    """Read subjectAltName alone, whatever is wrong with other extensions.

    cryptography refuses all extensions where one is malformed; the names are then taken from the
    raw bytes of their own.
    """
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return Names(present=False)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return _raw_names(certificate)
    value = extension.value
    dns = value.get_values_for_type(x509.DNSName)
    addresses = value.get_values_for_type(x509.IPAddress)
    return Names(tuple(dns), tuple(map(str, addresses)))


def _raw_names(certificate: x509.Certificate) -> Names:
    try:
        value = der.extension(certificate.tbs_certificate_bytes, der.SUBJECT_ALT_NAME)
        if value is None:
            return Names(present=False)
        dns, packed = der.alternative_names(value)
        addresses = tuple(str(ipaddress.ip_address(address)) for address in packed)
    except ValueError as error:
        return Names(fault=str(error))
    return Names(dns, addresses)


def covers(found: Names, host: str) -> str | None:
    """The alternative name that matches a host, or None (RFC 9525 section 6.3).

    A wildcard stands for exactly one whole label, the leftmost, and never directly below a suffix
    of a registry: RFC 9525 section 6.3 leaves that to clients, and they agree. Chromium goes by the
    public suffix list without its private section, Firefox and OpenSSL want two labels behind the
    wildcard, so that `*.google` covers about.google in none of them. The common name is not looked
    at.
    """
    wanted = plain(host)
    if _is_address(wanted):
        return next((text for text in found.addresses if text == wanted), None)
    presented = {plain(name): name for name in reversed(found.dns)}
    if wanted in presented:
        return presented[wanted]
    _, dot, above = wanted.partition(".")
    if not dot or is_registry_suffix(above):
        return None
    return presented.get(f"*.{above}")


def too_wide(found: Names, host: str) -> str | None:
    """The wildcard that covers a host but for standing directly below a registry's suffix."""
    _, dot, above = plain(host).partition(".")
    if not dot or not is_registry_suffix(above):
        return None
    return next((name for name in found.dns if plain(name) == f"*.{above}"), None)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
