"""The methods of the Bot API; importing a module registers what it defines."""

from sandbox.methods import copies, deleting, edits, files, media, messages, places, profile, receiving

__all__ = ["copies", "deleting", "edits", "files", "media", "messages", "places", "profile", "receiving"]
