"""``python -m web.site``: serves the site until SIGTERM or SIGINT; exit status 0, or 2 with one line that says what is
wrong. ``--with-api`` starts the API too and ends it with the site."""

import argparse
import asyncio
import sys

from web.site.runner import CannotServe, listening, serve
from web.site.settings import WrongSettings, read_settings
from web.site.together import serve_together

EXIT_CANNOT_SERVE = 2


def main() -> int:
    """Serve; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m web.site", description="The site, a client of the HTTP API.")
    parser.add_argument(
        "--with-api", action="store_true", help="start the API at SITE_API_URL, and end it with the site"
    )
    options = parser.parse_args()
    try:
        settings = read_settings()
        with listening(settings) as listener:
            if options.with_api:
                return asyncio.run(serve_together(settings, listener))
            asyncio.run(serve(listener))
    except (WrongSettings, CannotServe) as error:
        print(error, file=sys.stderr)
        return EXIT_CANNOT_SERVE
    except KeyboardInterrupt:
        return 0  # it was still starting
    return 0


if __name__ == "__main__":
    sys.exit(main())
