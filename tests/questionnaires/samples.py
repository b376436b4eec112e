"""A healthy questionnaire to spoil, with every type of question and of condition."""

# ruff: noqa: E501  (lines of YAML)

import datetime as dt
from typing import Any

from vendor_risk.questionnaires.evaluate import Answer
from vendor_risk.questionnaires.source import TemplateRefused
from vendor_risk.questionnaires.template import Template, parse
from vendor_risk.scoring.asking import known

TODAY = dt.date(2026, 11, 22)
LATER = TODAY + dt.timedelta(days=365)
KNOWN = known()
FACTS = {
    "data_sensitivity": 2,
    "data_volume": 1,
    "access": 3,
    "criticality": 2,
    "payment": 0,
    "payment-page-script": 0,
    "card-data": 0,
    "special-category": 0,
}

TEXT = """\
schema: vendor-risk-questionnaire/1
id: sample
version: "1.1.0"
title: {en: "Sample", de: "Muster"}
licence: CC-BY-4.0
estimate_minutes: 5
scales:
  mpu: [{id: met, level: 100}, {id: partly, level: 50, note: required}, {id: unmet, level: 0}, {id: na, note: required, accept: reviewer}]
sections:
  - id: access
    title: {en: "Access", de: "Zugang"}
    when: {fact: access, op: ge, value: 2}
    questions:
      - id: MFA
        rev: 2
        control: AC-01
        type: choice
        scale: mpu
        text: {en: "Second factor?", de: "Zweiter Faktor?"}
        evidence: {when: {answer: [met, partly], tier: [1, 2]}, kinds: [config-export], max_age_days: 365}
        outcomes:
          unmet: {severity: critical, risk: {en: "Open."}, fix: {en: "Turn it on."}, due_days: 30, knockout: KO-02}
        maps: {mvsp-3: ["4.2"], csf-2.0: [PR.AA-03]}
      - id: MFA-how
        rev: 1
        type: multi
        text: {en: "Which?"}
        options: [{id: totp}, {id: push}, {id: passkey, text: {en: "Passkey"}}]
        when: {all: [{q: MFA, op: in, value: [met, partly]}]}
        scored: false
      - id: MFA-phish
        rev: 1
        control: AC-01
        type: choice
        scale: mpu
        text: {en: "Resistant to phishing?"}
        when: {any: [{q: MFA, op: eq, value: met}, {all: [{q: MFA, op: eq, value: partly}, {fact: access, op: ge, value: 3}]}]}
        outcomes:
          unmet: {severity: low, risk: {en: "Codes can be fished."}, fix: {en: "Use passkeys."}, due_days: 180}
  - id: rest
    title: {en: "Rest"}
    questions:
      - id: LOG
        rev: 1
        control: DL-01
        type: multi
        text: {en: "Which records are kept?"}
        options: [{id: mail}, {id: log-ins}, {id: changes}]
        score: {met: {of: [mail, log-ins, changes]}, partly: {of: [mail, log-ins, changes], at_least: 1}}
        outcomes:
          partly: {severity: low, risk: {en: "Gaps."}, fix: {en: "Keep them all."}, due_days: 90}
          unmet: {severity: medium, risk: {en: "Blind."}, fix: {en: "Keep some."}, due_days: 60}
      - {id: SINCE, rev: 1, type: date, text: {en: "Since when?"}, scored: false}
      - {id: PEOPLE, rev: 1, type: number, text: {en: "How many people?"}}
      - id: MORE
        rev: 1
        type: text
        text: {en: "Why so many?"}
        when: {not: [{q: PEOPLE, op: lt, value: 100}, {q: SINCE, op: ge, value: "2026-01-01"}]}
      - {id: SUBS, rev: 1, type: table, text: {en: "Who helps you?"}, columns: [{id: name, text: {en: "Name"}}]}
migrations:
  - {from: "1.0.0", rename: {TWO-FACTOR: MFA}, retire: [FAX], carry: same_rev}
"""


def template(text: str = TEXT) -> Template:
    """The questionnaire of a text."""
    return parse(text.encode(), KNOWN)


def spoilt(old: str, new: str, text: str = TEXT) -> str:
    """The text with one place changed, which has to be there exactly once."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def faults(text: str) -> list[tuple[int, str, str]]:
    """What is wrong with a text: line, path and message; empty where nothing is."""
    try:
        template(text)
    except TemplateRefused as refusal:
        return [(each.line, each.path, each.message) for each in refusal.faults]
    return []


def say(value: Any, **more: Any) -> Answer:
    """An answer given today, with a note."""
    return Answer(value, **{"date": TODAY, "valid_until": LATER, "note": "because", **more})
