"""Frozen, complete reports and their charts; pure."""
