"""Lists that others publish, fetched from their makers or read from a file the operator gives.

`kev`, `breaches`, `advisories` and `bootstrap` read one kind each; `sources` says what there is.
"""
