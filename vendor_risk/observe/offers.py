"""The cipher suites that our own hellos offer, by their numbers in the registry of the IANA.

Suites that take a key known to both sides beforehand (PSK, SRP, Kerberos) are left out: no web
server agrees on one with a stranger.
https://www.iana.org/assignments/tls-parameters/tls-parameters.xhtml
"""

from vendor_risk.checks.suites import Strength, strength

FALLBACK = 0x5600  # TLS_FALLBACK_SCSV, RFC 7507
RENEGOTIATION = 0x00FF  # TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746 section 3.3

_EPHEMERAL = (  # ECDHE and DHE with authenticated encryption, the good ones
    (0xC02B, "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xC02F, "ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xC02C, "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xC030, "ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xCCA9, "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xCCA8, "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xC0AC, "ECDHE_ECDSA_WITH_AES_128_CCM"),
    (0xC0AD, "ECDHE_ECDSA_WITH_AES_256_CCM"),
    (0x009E, "DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009F, "DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xCCAA, "DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xC09E, "DHE_RSA_WITH_AES_128_CCM"),
    (0xC09F, "DHE_RSA_WITH_AES_256_CCM"),
    (0x00A2, "DHE_DSS_WITH_AES_128_GCM_SHA256"),
    (0x00A3, "DHE_DSS_WITH_AES_256_GCM_SHA384"),
)
_CHAINED = (  # ephemeral keys, CBC
    (0xC023, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xC024, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xC027, "ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xC028, "ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0xC009, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xC00A, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xC013, "ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xC014, "ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xC072, "ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xC073, "ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xC076, "ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xC077, "ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0x0067, "DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006B, "DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x0033, "DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0039, "DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x0032, "DHE_DSS_WITH_AES_128_CBC_SHA"),
    (0x0038, "DHE_DSS_WITH_AES_256_CBC_SHA"),
    (0x0040, "DHE_DSS_WITH_AES_128_CBC_SHA256"),
    (0x006A, "DHE_DSS_WITH_AES_256_CBC_SHA256"),
    (0x0045, "DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0088, "DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x009A, "DHE_RSA_WITH_SEED_CBC_SHA"),
)
_STATIC = (  # the key of the certificate, or a lasting one of Diffie and Hellman
    (0x009C, "RSA_WITH_AES_128_GCM_SHA256"),
    (0x009D, "RSA_WITH_AES_256_GCM_SHA384"),
    (0xC09C, "RSA_WITH_AES_128_CCM"),
    (0xC09D, "RSA_WITH_AES_256_CCM"),
    (0x003C, "RSA_WITH_AES_128_CBC_SHA256"),
    (0x003D, "RSA_WITH_AES_256_CBC_SHA256"),
    (0x002F, "RSA_WITH_AES_128_CBC_SHA"),
    (0x0035, "RSA_WITH_AES_256_CBC_SHA"),
    (0x0041, "RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0084, "RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0096, "RSA_WITH_SEED_CBC_SHA"),
    (0xC004, "ECDH_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xC005, "ECDH_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xC00E, "ECDH_RSA_WITH_AES_128_CBC_SHA"),
    (0xC00F, "ECDH_RSA_WITH_AES_256_CBC_SHA"),
)
_BROKEN = (
    (0x0001, "RSA_WITH_NULL_MD5"),
    (0x0002, "RSA_WITH_NULL_SHA"),
    (0x003B, "RSA_WITH_NULL_SHA256"),
    (0xC006, "ECDHE_ECDSA_WITH_NULL_SHA"),
    (0xC010, "ECDHE_RSA_WITH_NULL_SHA"),
    (0x00A6, "DH_anon_WITH_AES_128_GCM_SHA256"),
    (0x00A7, "DH_anon_WITH_AES_256_GCM_SHA384"),
    (0x0034, "DH_anon_WITH_AES_128_CBC_SHA"),
    (0x003A, "DH_anon_WITH_AES_256_CBC_SHA"),
    (0x006C, "DH_anon_WITH_AES_128_CBC_SHA256"),
    (0x006D, "DH_anon_WITH_AES_256_CBC_SHA256"),
    (0x0018, "DH_anon_WITH_RC4_128_MD5"),
    (0x001B, "DH_anon_WITH_3DES_EDE_CBC_SHA"),
    (0xC018, "ECDH_anon_WITH_AES_128_CBC_SHA"),
    (0xC019, "ECDH_anon_WITH_AES_256_CBC_SHA"),
    (0xC016, "ECDH_anon_WITH_RC4_128_SHA"),
    (0xC017, "ECDH_anon_WITH_3DES_EDE_CBC_SHA"),
    (0x0003, "RSA_EXPORT_WITH_RC4_40_MD5"),
    (0x0006, "RSA_EXPORT_WITH_RC2_CBC_40_MD5"),
    (0x0008, "RSA_EXPORT_WITH_DES40_CBC_SHA"),
    (0x0011, "DHE_DSS_EXPORT_WITH_DES40_CBC_SHA"),
    (0x0014, "DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"),
    (0x0062, "RSA_EXPORT1024_WITH_DES_CBC_SHA"),
    (0x0064, "RSA_EXPORT1024_WITH_RC4_56_SHA"),
    (0xC007, "ECDHE_ECDSA_WITH_RC4_128_SHA"),
    (0xC011, "ECDHE_RSA_WITH_RC4_128_SHA"),
    (0x0005, "RSA_WITH_RC4_128_SHA"),
    (0x0004, "RSA_WITH_RC4_128_MD5"),
    (0xC008, "ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0xC012, "ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0016, "DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0013, "DHE_DSS_WITH_3DES_EDE_CBC_SHA"),
    (0x000A, "RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0009, "RSA_WITH_DES_CBC_SHA"),
    (0x0015, "DHE_RSA_WITH_DES_CBC_SHA"),
    (0x0007, "RSA_WITH_IDEA_CBC_SHA"),
)
_MODERN = (  # of TLS 1.3
    (0x1301, "AES_128_GCM_SHA256"),
    (0x1302, "AES_256_GCM_SHA384"),
    (0x1303, "CHACHA20_POLY1305_SHA256"),
)

NAMES: dict[int, str] = {
    number: f"TLS_{name}" for number, name in (*_MODERN, *_EPHEMERAL, *_CHAINED, *_STATIC, *_BROKEN)
}
# the classes of the check of weak suites, the words by which an observation knows them
CLASSES = {
    Strength.OPEN: "null",
    Strength.NAMELESS: "anon",
    Strength.EXPORT: "export",
    Strength.RC4: "rc4",
    Strength.SMALL_BLOCKS: "3des",
    Strength.CHAINED: "cbc",
    Strength.NO_SECRECY: "no_forward_secrecy",
}


def name(suite: int) -> str:
    """The name of a suite, or its number where it is none of ours."""
    return NAMES.get(suite, f"0x{suite:04X}")


def class_of(suite: int) -> str:
    """The class of weak suites that a suite falls into, empty for a good one or an unknown one."""
    return CLASSES.get(strength(NAMES[suite]), "") if suite in NAMES else ""


def _numbers(*tables: tuple[tuple[int, str], ...]) -> tuple[int, ...]:
    return tuple(number for table in tables for number, _ in table)


MODERN = _numbers(_MODERN)
SOUND = _numbers(_EPHEMERAL, _CHAINED, _STATIC)
BROKEN = _numbers(_BROKEN)
LAST = (0x000A, 0x0005, 0x0004)  # what the oldest servers speak
# everything that TLS 1.0 and 1.1 know: neither GCM nor SHA-256 suites
OLD = (*(each for each in SOUND if NAMES[each].endswith("_CBC_SHA")), *LAST)
CHAINED = tuple(each for each in SOUND if class_of(each) == "cbc")
STATIC = tuple(each for each in SOUND if class_of(each) == "no_forward_secrecy")
FINITE_FIELD = tuple(each for each in SOUND if NAMES[each].startswith("TLS_DHE_"))
