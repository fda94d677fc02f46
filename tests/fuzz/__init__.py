"""Hostile input: whatever the bytes, :func:`conversion.open_picture` ends in a picture or in a listed refusal."""
