"""Containers, what watches them, their health check, and what the project depends on."""
