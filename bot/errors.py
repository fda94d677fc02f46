"""What keeps the bot from serving."""


class CannotServe(Exception):
    """The bot cannot start or go on; the text is one line for the person who runs it, free of secrets."""
