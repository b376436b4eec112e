"""What the names of cipher suites say."""

import ssl

import pytest

from vendor_risk.checks.suites import Strength, strength


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("TLS_AES_256_GCM_SHA384", Strength.STRONG),
        ("TLS_CHACHA20_POLY1305_SHA256", Strength.STRONG),
        ("TLS_AES_128_CCM_8_SHA256", Strength.STRONG),
        ("TLS_SHA256_SHA256", Strength.OPEN),
        ("TLS_SM4_SOMETHING", Strength.UNKNOWN),
        ("ECDHE-RSA-AES128-GCM-SHA256", Strength.STRONG),
        ("DHE-RSA-AES256-CCM8", Strength.STRONG),
        ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", Strength.STRONG),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", Strength.STRONG),
        ("ecdhe-rsa-aes128-gcm-sha256", Strength.STRONG),
        ("ECDHE-RSA-AES128-SHA", Strength.CHAINED),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", Strength.CHAINED),
        ("TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA", Strength.CHAINED),
        ("AES128-GCM-SHA256", Strength.NO_SECRECY),
        ("AES256-SHA", Strength.NO_SECRECY),
        ("TLS_RSA_WITH_AES_128_GCM_SHA256", Strength.NO_SECRECY),
        ("TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", Strength.NO_SECRECY),
        ("IDEA-CBC-SHA", Strength.SMALL_BLOCKS),
        ("NULL-SHA256", Strength.OPEN),
        ("TLS_RSA_WITH_NULL_SHA", Strength.OPEN),
        ("ADH-AES256-GCM-SHA384", Strength.NAMELESS),
        ("AECDH-AES128-SHA", Strength.NAMELESS),
        ("TLS_DH_anon_WITH_AES_128_CBC_SHA", Strength.NAMELESS),
        ("RC4-MD5", Strength.RC4),
        ("ECDHE-RSA-RC4-SHA", Strength.RC4),
        ("TLS_ECDHE_RSA_WITH_RC4_128_SHA", Strength.RC4),
        ("DES-CBC3-SHA", Strength.SMALL_BLOCKS),
        ("ECDHE-RSA-DES-CBC3-SHA", Strength.SMALL_BLOCKS),
        ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", Strength.SMALL_BLOCKS),
        ("EDH-RSA-DES-CBC-SHA", Strength.SMALL_BLOCKS),
        ("EXP-RC4-MD5", Strength.EXPORT),
        ("TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", Strength.EXPORT),
        ("GOST2012-GOST8912-GOST8912", Strength.UNKNOWN),
        ("(NONE)", Strength.UNKNOWN),
        ("", Strength.UNKNOWN),
        ("-" * 10_000 + "RC4", Strength.UNKNOWN),
    ],
)
def test_a_suite_is_known_by_its_name(name, found):
    """OpenSSL's names and those of the registry alike; the worst that a name says counts."""
    assert strength(name) is found


def known_suites():
    """Every suite that this OpenSSL can speak, with what it says about each."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return context.get_ciphers()


def expected(suite):
    """The strength by the properties that OpenSSL gives, instead of by the name."""
    if "Enc=None" in suite["description"]:
        return Strength.OPEN
    if suite["auth"] == "auth-null":
        return Strength.NAMELESS
    if not suite["kea"].startswith(("kx-any", "kx-ecdhe", "kx-dhe")):
        return Strength.NO_SECRECY
    return Strength.STRONG if suite["aead"] else Strength.CHAINED


@pytest.mark.parametrize("suite", known_suites(), ids=lambda suite: suite["name"])
def test_openssl_says_the_same_of_every_suite_it_knows(suite):
    """Its properties come from the protocol, ours from the name."""
    assert strength(suite["name"]) is expected(suite)
