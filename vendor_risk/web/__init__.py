"""The pages, one folder per area."""
