"""Which CAA names each certification authority answers to, by the organisation in its certificates.

Source: the "CAA Identifiers" report of the CCADB (Common CA Database, which the root programmes of
Mozilla, Google, Microsoft and Apple share) and the practice statements of the authorities; state of
2026-11-22. Brands that sell certificates of somebody else's authority carry the names of both, so
a doubt never becomes a fault. An organisation that is not listed here cannot be compared.
"""

import re

_SECTIGO = (
    "sectigo.com",
    "comodo.com",
    "comodoca.com",
    "usertrust.com",
    "trust-provider.com",
    "entrust.net",
    "affirmtrust.com",
)
_DIGICERT = (
    "digicert.com",
    "www.digicert.com",
    "digicert.ne.jp",
    "cybertrust.ne.jp",
    "digitalcertvalidation.com",
    "symantec.com",
    "thawte.com",
    "geotrust.com",
    "rapidssl.com",
    "quovadisglobal.com",
    "amazon.com",
    "amazontrust.com",
    "awstrust.com",
    "amazonaws.com",
)
_SSLCOM = ("ssl.com", "entrust.net", "affirmtrust.com")
_AMAZON = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com", "aws.amazon.com")
_GODADDY = ("godaddy.com", "starfieldtech.com")
_TELEKOM = ("telesec.de", "pki.dfn.de", "dfn.de")
_VIKING = ("vikingcloud.com", "trustwave.com", "securetrust.com", "ssl.com")
_CHUNGHWA = (
    "pki.hinet.net",
    "tls.hinet.net",
    "eca.hinet.net",
    "epki.com.tw",
    "publicca.hinet.net",
)
_HARICA = ("harica.gr",)
_TELIA = ("telia.com", "telia.fi", "telia.se", "trust.telia.com", "acme.trust.telia.com")

_BY_ORGANISATION = {
    "AC Camerfirma": ("camerfirma.com",),
    "ACCV": ("accv.es",),
    "Actalis": ("actalis.it",),
    "Amazon": _AMAZON,
    "ANF Autoridad de Certificacion": ("anf.es",),
    "Apple": ("pki.apple.com",),
    "Asseco Data Systems": ("certum.pl", "certum.eu"),
    "Atos": ("atos.net", "pki.eviden.com"),
    "Beijing Certificate Authority": ("bjca.cn",),
    "Buypass": ("buypass.com", "buypass.no"),
    "Certainly": ("certainly.com",),
    "certSIGN": ("certsign.ro",),
    "CERTSIGN SA": ("certsign.ro",),
    "China Financial Certification Authority": ("cfca.com.cn",),
    "Chunghwa Telecom": _CHUNGHWA,
    "Cloudflare": (*_DIGICERT, *_SSLCOM),
    "COMODO CA": _SECTIGO,
    "Corporation Service Company": _SECTIGO,
    "cPanel": _SECTIGO,
    "Cybertrust Japan": ("cybertrust.co.jp", "secomtrust.net", *_DIGICERT),
    "D-Trust": ("d-trust.net", "dtrust.de", "d-trust.de"),
    "Deutsche Telekom Security": _TELEKOM,
    "Dhimyotis": ("certigna.fr", "certigna.com"),
    "DigiCert": _DIGICERT,
    "Disig": ("disig.sk",),
    "eMudhra Technologies": ("emsign.com",),
    "Entrust": (*_SECTIGO, *_SSLCOM),
    "Eviden": ("pki.eviden.com", "atos.net"),
    "Firmaprofesional": ("firmaprofesional.com",),
    "FNMT-RCM": ("fnmt.es",),
    "Gandi": _SECTIGO,
    "GEANT Vereniging": (*_SECTIGO, *_HARICA),
    "GeoTrust": _DIGICERT,
    "GlobalSign": ("globalsign.com",),
    "GoDaddy.com": _GODADDY,
    "Google Trust Services": ("pki.goog",),
    "Guang Dong Certificate Authority": ("gdca.com.cn",),
    "Hellenic Academic and Research Institutions CA": _HARICA,
    "Hongkong Post": ("hongkongpost.gov.hk", "ecert.gov.hk"),
    "IdenTrust": ("identrust.com", "www.identrust.com"),
    "Internet Security Research Group": ("letsencrypt.org",),
    "Internet2": (*_SECTIGO, *_HARICA),
    "iTrusChina": ("itrus.cn", "itrus.com.cn"),
    "Izenpe": ("izenpe.com", "izenpe.eus"),
    "Japan Registry Services": ("jprs.jp", "acme.jprs.jp", "secomtrust.net"),
    "Krajowa Izba Rozliczeniowa": ("elektronicznypodpis.pl",),
    "KPN": ("kpn.com",),
    "Let's Encrypt": ("letsencrypt.org",),
    "Microsec": ("e-szigno.hu",),
    "Microsoft": ("microsoft.com", "ssladmin.microsoft.com", *_DIGICERT),
    "NAVER Cloud Trust Services": ("navercloudtrust.com",),
    "NAVER BUSINESS PLATFORM": ("navercloudtrust.com",),
    "NETLOCK": ("netlock.hu", "netlock.net", "netlock.eu", "netlock.com"),
    "Network Solutions": ("networksolutions.com", "web.com", *_SECTIGO),
    "OISTE Foundation": ("oiste.org", "wisekey.com", "hightrusted.com", "certifyid.com"),
    "QuoVadis": _DIGICERT,
    "QuoVadis Trustlink": _DIGICERT,
    "SECOM Trust Systems": ("secomtrust.net",),
    "Sectigo": _SECTIGO,
    "SSL Corp": _SSLCOM,
    "SSL": _SSLCOM,
    "Starfield Technologies": (*_GODADDY, *_AMAZON),
    "SwissSign": ("swisssign.com",),
    "TAIWAN-CA": ("twca.com.tw",),
    "Telia Company": _TELIA,
    "Telia Finland": _TELIA,
    "thawte": _DIGICERT,
    "The USERTRUST Network": _SECTIGO,
    "TrustAsia Technologies": ("trustasia.com", *_SECTIGO, *_DIGICERT),
    "Trustwave Holdings": _VIKING,
    "TunTrust": ("tuntrust.tn",),
    "Turkiye Bilimsel ve Teknolojik Arastirma Kurumu": ("kamusm.gov.tr",),
    "UniTrust": ("sheca.com", "imtrust.cn", "wwwtrust.cn"),
    "Unizeto Technologies": ("certum.pl", "certum.eu"),
    "Verein zur Foerderung eines Deutschen Forschungsnetzes": _TELEKOM,
    "Verokey": _DIGICERT,
    "Viking Cloud": _VIKING,
    "WISeKey": ("oiste.org", "wisekey.com", "hightrusted.com", "certifyid.com"),
    "ZeroSSL": ("zerossl.com", *_SECTIGO),
}

# legal forms and countries behind a name say nothing about who it is
_FORMS = frozenset(
    {
        *("ab", "ag", "as", "bv", "co", "corp", "corporation", "gmbh", "inc", "international"),
        *("kft", "limited", "llc", "ltd", "nv", "oyj", "plc", "sa", "sarl", "sas", "spa"),
    }
)


def _key(organisation: str) -> str:
    """The words of a name without punctuation and without the legal form at its end."""
    text = re.sub("[.'\N{RIGHT SINGLE QUOTATION MARK}]", "", organisation.casefold())
    words = re.findall(r"[a-z0-9]+", text)
    while len(words) > 1 and (words[-1] in _FORMS or words[-1].isdigit()):
        words.pop()
    return " ".join(words)


_IDENTIFIERS = {_key(name): frozenset(names) for name, names in _BY_ORGANISATION.items()}


def identifiers(organisation: str) -> frozenset[str] | None:
    """The CAA names that an authority answers to; None for one that is not in the table."""
    return _IDENTIFIERS.get(_key(organisation[:200]))


_NAMES = {_key(name): name for name in _BY_ORGANISATION}


def known_as(organisation: str) -> str:
    """The one name of an authority that writes its own in several ways; empty when not listed."""
    return _NAMES.get(_key(organisation[:200]), "")
