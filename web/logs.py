"""Logging of the API."""

from __future__ import annotations

import logging

from models import private_logs
from web.settings import WebSettings


def set_up_logging(settings: WebSettings) -> None:
    """Logs go to standard output."""
    private_logs.set_up(settings.log_level, settings.log_format)
    # What these warn of, bytes that are no HTTP or no form, anybody may send as often as they like.
    for name in ("uvicorn", "python_multipart"):
        logging.getLogger(name).setLevel(logging.ERROR)
