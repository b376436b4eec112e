"""Versioned reference lists that checks compare with."""
