"""Logging: what goes wrong and where, and nothing of what was being worked on."""

from __future__ import annotations

import logging
import sys
import traceback

logger = logging.getLogger(__name__)


def set_up_logging() -> None:
    """Lines go to standard output; standard error is for the one line that says why the site does not serve."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stdout,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    # Addresses of requests hold the ids of answers.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # It logs the texts of exceptions, which quote what was being worked on.
    logging.getLogger("streamlit.error_util").disabled = True


def on_script_error(error: Exception) -> bool:
    """A fault of ours: where it happened goes to the log, and the visitor reads that it is none of theirs."""
    # They need a running Streamlit, which logging has to come before.
    from web.site.context import chosen_language  # noqa: PLC0415
    from web.site.language import Speech  # noqa: PLC0415
    from web.site.markup import put  # noqa: PLC0415
    from web.site.problem_words import ProblemText  # noqa: PLC0415

    logger.error("%s, at\n%s", type(error).__qualname__, "".join(traceback.format_tb(error.__traceback__)))
    speech = Speech(chosen_language())
    text = ProblemText(
        speech("Something went wrong on this page"),
        (speech("It is no fault of yours. Load the page again; if it stays like this, tell whoever runs this site."),),
    )
    put("problem", text=text)
    return True
