"""Questionnaires: a file's bytes become a template, and a template with answers becomes claims."""
