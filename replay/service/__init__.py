"""The service: the log over HTTP, for those who may (contract section 7)."""
