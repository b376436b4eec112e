"""The database: tables, encryption, audit log, queries."""
