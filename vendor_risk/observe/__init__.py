"""Looks at a vendor's hosts from outside, as an ordinary visitor would."""
