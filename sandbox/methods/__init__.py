"""The methods of the Bot API; importing a module registers what it defines."""

from sandbox.methods import edits, files, media, messages, profile, receiving

__all__ = ["edits", "files", "media", "messages", "profile", "receiving"]
