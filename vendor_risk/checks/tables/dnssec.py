"""Numbers of DNSSEC algorithms and digests, and which of them must not be used any more.

Source: the IANA registries "DNS Security Algorithm Numbers" and "DS RR Type Digest Algorithms" with
the columns that RFC 9904 gave them (sections 3 and 4), RFC 9905 (SHA-1) and RFC 9906 (the GOST of
2001); state of 2026-11-22.
"""

# "Use for DNSSEC signing: MUST NOT"
WEAK = {
    1: "RSA/MD5",
    3: "DSA/SHA-1",
    5: "RSA/SHA-1",
    6: "DSA-NSEC3-SHA1",
    7: "RSASHA1-NSEC3-SHA1",
    12: "GOST R 34.10-2001",
}
# 10 is not recommended for new zones, and not forbidden either
ALGORITHMS = {
    8: "RSA/SHA-256",
    10: "RSA/SHA-512",
    13: "ECDSA P-256",
    14: "ECDSA P-384",
    15: "Ed25519",
    16: "Ed448",
    17: "SM2",
    23: "GOST R 34.10-2012",
}
# "Use for DNSSEC delegation: MUST NOT"
WEAK_DIGESTS = {1: "SHA-1", 3: "GOST R 34.11-94"}
STRONG_DIGESTS = {2: "SHA-256", 4: "SHA-384"}
DIGESTS = WEAK_DIGESTS | STRONG_DIGESTS | {5: "GOST R 34.11-2012", 6: "SM3"}
