"""Judges observations: every external check and what each one says."""
