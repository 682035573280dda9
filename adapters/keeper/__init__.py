"""The keeper over a Unix socket or mutual TLS: one question a connection, one line each way."""
