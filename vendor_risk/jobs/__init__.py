"""The durable queue and its workers: which step runs when, where, with which limits."""
