"""Small lists in the forms of their makers, written for the tests."""

import json


def kev(released="2026-11-20T12:00:00Z"):
    """Two vulnerabilities of common software."""
    rows = [
        ("CVE-2021-41773", "Apache", "HTTP Server", "Path Traversal", "Unknown"),
        ("CVE-2024-4577", "PHP Group", "PHP", "Command Injection", "Known"),
    ]
    vulnerabilities = [
        {
            "cveID": cve,
            "vendorProject": maker,
            "product": product,
            "vulnerabilityName": name,
            "dateAdded": "2024-06-12",
            "dueDate": "2024-07-03",
            "knownRansomwareCampaignUse": used,
        }
        for cve, maker, product, name, used in rows
    ]
    return json.dumps({"dateReleased": released, "vulnerabilities": vulnerabilities}).encode()


def breach(**changes):
    """One entry of the list of breaches."""
    row = {
        "Name": "Shop",
        "Title": "Shop",
        "Domain": "shop.example",
        "BreachDate": "2026-06-01",
        "AddedDate": "2026-11-20T01:02:03Z",
        "PwnCount": 12345,
        "DataClasses": ["Email addresses", "Passwords"],
        "IsVerified": True,
    }
    return row | changes


def breaches(**changes):
    """The list with one breach."""
    return json.dumps([breach(**changes)]).encode()


def advisories(*patterns):
    """One library with one flaw, and further patterns by which it is told."""
    flaw = {
        "atOrAbove": "1.2.0",
        "below": "3.5.0",
        "severity": "medium",
        "identifiers": {"CVE": ["CVE-2020-11022"], "summary": "words"},
        "info": [],
    }
    library = {
        "npmname": "jquery",
        "bowername": ["jQuery"],
        "vulnerabilities": [flaw],
        "extractors": {"filename": ["jquery-(§§version§§)(\\.min)?\\.js", *patterns]},
    }
    return json.dumps({"jquery": library}).encode()


def bootstrap(*addresses):
    """The registry of one ending."""
    services = [[["example"], list(addresses)]]
    return json.dumps(
        {"version": "1.0", "publication": "2026-11-20T00:00:00Z", "services": services}
    ).encode()


LISTS = {
    "kev": kev(),
    "breaches": breaches(),
    "advisories": advisories(),
    "rdap": bootstrap("https://rdap.example/"),
}
