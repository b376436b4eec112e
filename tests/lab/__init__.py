"""Real DNS, TLS and HTTP servers on loopback, for tests and for trying things by hand."""
