"""Reads the layout engine and the fonts once, for the process that PDFs are forked from.

Whoever imports this has them ready. Where they are missing nothing happens here: the process that
makes a PDF says so itself.
"""

import gc

from vendor_risk import pdf

pdf.warm()
# What is there now stays there: no process that is forked walks through it, nor copies its pages.
gc.freeze()
