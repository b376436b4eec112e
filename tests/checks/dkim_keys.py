"""DKIM key records for tests, made in memory."""

import base64
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@lru_cache(maxsize=8)
def rsa_key(bits=2048, form=PublicFormat.SubjectPublicKeyInfo):
    """The value of p= for an RSA key; one too short for any library to make is only a number."""
    number = (1 << (bits - 1)) + 1
    public = (
        rsa.generate_private_key(65537, bits).public_key()
        if bits >= 1024
        else rsa.RSAPublicNumbers(65537, number).public_key()
    )
    return base64.b64encode(public.public_bytes(Encoding.DER, form)).decode()


@lru_cache(maxsize=1)
def ed25519_key():
    """The value of p= for an Ed25519 key: the bare 32 octets."""
    # always the same: a test that is named by it has one name in every process
    private = ed25519.Ed25519PrivateKey.from_private_bytes(b"7" * 32)
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


@lru_cache(maxsize=1)
def curve_key():
    """A key of a kind that DKIM does not have."""
    public = ec.derive_private_key(7, ec.SECP256R1()).public_key()
    form = PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(public.public_bytes(Encoding.DER, form)).decode()


def record(key=None, **tags):
    """A key record; `record(t="y")` adds a tag."""
    more = "".join(f"{tag}={value}; " for tag, value in tags.items())
    return f"v=DKIM1; {more}p={rsa_key() if key is None else key}"
