"""The tables: columns only, one file per group."""
