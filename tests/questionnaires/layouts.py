"""Sheets in the layouts of known questionnaires; every sentence is invented for these tests."""

CAIQ = [
    ("A QUESTIONNAIRE OF THE CLOUD, version 4",),
    (),
    (
        "Question ID",
        "Question",
        "CSP CAIQ Answer",
        "SSRM Control Ownership",
        "CSP Implementation Description (Optional/Recommended)",
        "CSC Responsibilities (Optional/Recommended)",
        "CCM Control ID",
        "CCM Control Specification",
        "CCM Control Title",
        "CCM Domain Title",
    ),
    ("A&A-01.1", "Does somebody look at your rules each year?", "Yes", "CSP-owned",
     "Every spring", "", "A&A-01", "Look at them.", "Rules", "Audit"),
    ("A&A-01.2", "Are they kept where all can read them?", "No", "CSP-owned"),
    ("IAM-01.1", "Do your people sign in with a second step?", "NA", "", "", "", "IAM-01",
     "Use two.", "Signing in", "Identity"),
]  # fmt: skip

SIG = [
    ("Questions about your house. Answer all of them, and add a question of yours below.",),
    ("Ques Num", "Question/Request", "Response", "Additional Information", "Category",
     "Scoring"),
    ("A.1", "Is there a plan for bad days?", "Yes", "Last tried in May", "Plans", "1"),
    ("A.1.1", "Is it on paper as well?", "In progress", "", "Plans", "1"),
    ("B.1", "Are visitors met at the door?", "N/A", "No visitors", "Doors", "1"),
]  # fmt: skip

HECVAT = [
    ("A toolkit of the schools",),
    ("Version 3.04", "", "", "Fill the green cells"),
    (),
    ("ID", "Question", "Answers", "Additional Information", "Guidance"),
    ("Company",),
    ("COMP-01", "Who are you and what do you make?", "We make tags.", "", "In a few words"),
    ("COMP-02", "Has anything been stolen from you?", "No", "", ""),
    ("ID", "Question", "Answers", "Additional Information", "Guidance"),
    ("Signing in",),
    ("AUTH-01", "Can our people bring their own log-in?", "Partially", "By SAML", ""),
]


def many(count, section=""):
    """`count` questions, all of a section, or without one."""
    rows = [("ID", "Question", "Section", "Answer", "Comment")]
    rows += [(f"M-{n}", f"Is number {n} locked?", section, "", "") for n in range(1, count + 1)]
    return rows
