"""Marked sample vendors with a history, for a demonstration in a folder of its own."""
