"""Words of the vendor's pages: kinds of evidence, and texts of questionnaires in its language."""

from collections.abc import Mapping

from flask_babel import gettext

from vendor_risk.evidence import N_
from vendor_risk.questionnaires.form import EvidenceAsked, Option
from vendor_risk.questionnaires.translations import said

KINDS: Mapping[str, str] = {
    "access-review": N_("a review of accesses"),
    "account-list": N_("a list of accounts"),
    "alarm-record": N_("a record of an alarm"),
    "assessment-record": N_("a record of an assessment"),
    "asset-list": N_("a list of devices and systems"),
    "audit-report": N_("an audit report"),
    "breach-register": N_("the register of breaches"),
    "component-list": N_("a list of components"),
    "config-export": N_("a screenshot or export of the setting"),
    "contract-clause": N_("the clause of the contract"),
    "data-flow-diagram": N_("a diagram of data flows"),
    "deletion-record": N_("a record of a deletion"),
    "design-document": N_("a design document"),
    "dpa": N_("the data processing agreement"),
    "incident-plan": N_("the incident plan"),
    "incident-report": N_("a report of an incident"),
    "invoice": N_("an invoice"),
    "iso-certificate": N_("an ISO certificate"),
    "leaver-record": N_("a record of somebody who left"),
    "network-diagram": N_("a diagram of the network"),
    "patch-report": N_("a report of installed updates"),
    "pci-aoc": N_("the PCI attestation of compliance"),
    "pentest-report": N_("a report of a penetration test"),
    "policy": N_("the policy"),
    "procedure": N_("the written procedure"),
    "processing-record": N_("the record of processing"),
    "product-documentation": N_("documentation of the product"),
    "responsibility-matrix": N_("who is responsible for what"),
    "scan-report": N_("a scan report"),
    "script-inventory": N_("the list of scripts"),
    "self-assessment": N_("a self-assessment"),
    "soc2-report": N_("a SOC 2 report"),
    "subprocessor-list": N_("the list of sub-processors"),
    "test-report": N_("a report of a test"),
    "training-record": N_("a record of training"),
    "transfer-assessment": N_("an assessment of transfers"),
}
_ANSWERS = {
    "met": N_("Yes"),
    "partly": N_("Partly"),
    "unmet": N_("No"),
    "na": N_("Does not apply to us"),
}


def kind(id: str) -> str:
    """A kind of evidence in words; one of an own questionnaire by its id."""
    return str(gettext(KINDS[id])) if id in KINDS else id.replace("-", " ")


def wanted(evidence: EvidenceAsked, tier: int) -> bool:
    """Whether evidence is asked for in the tier; where none is said yet (0), it may be."""
    return not evidence.when.tier or tier in (0, *evidence.when.tier)


def option(one: Option, language: str) -> str:
    """What stands beside a radio or a box."""
    if one.text:
        return said(one.text, language)
    return str(gettext(_ANSWERS[one.id])) if one.id in _ANSWERS else one.id
