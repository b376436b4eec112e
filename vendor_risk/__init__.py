"""vendor-risk: which vendors could hurt our customers, how well we know, and what to do next.

Reading order of the packages (each imports only what stands below it in CONTRIBUTING's picture):

evidence        Claim, Finding, Severity, Outcome: the narrow waist
checks          observations in, outcomes out
questionnaires  files and answers in, claims and findings out
scoring         facts in, inherent risk, tier and external posture out
reports         a frozen, complete report, and its charts
observe         looks at a vendor's hosts from outside, and refuses private addresses
store           tables, encryption, audit log, queries
mail, pdf       the other two doors outward
workflow        the steps, one file per chapter
jobs            the durable queue
doors           who may enter a page
web             the pages, one folder per area
app, config, cli    assemble
"""

__version__ = "0.1.0"
