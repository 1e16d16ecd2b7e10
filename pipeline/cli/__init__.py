"""The command line: reads arguments, calls one function, prints its result. No logic of its own."""

import contextlib
import errno
import os
import sys
from typing import NoReturn


def main() -> None:
    """Run ``notices`` and end the process with the right status.

    0: done; 2: wrong usage, or something the user can mend, said in one line; 3: done, but some rows of the input
    were rejected; 1: anything else.
    """
    # Arrow's own allocator keeps what it has freed: a fifth more memory, and more the longer it runs.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from pipeline.cli.app import app
    from pipeline.errors import NoticesError

    try:
        try:
            app(prog_name="notices")
        finally:
            sys.stdout.flush()
    except NoticesError as error:
        _end(str(error), error.exit_status)
    except KeyboardInterrupt:
        _end("interrupted", 130)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None:
            _end_of_output(error)
        if os.environ.get("NOTICES_DEBUG"):
            raise
        _end(f"unexpected {type(error).__name__}: {error} (NOTICES_DEBUG=1 shows where)", 1)


def _end_of_output(error: OSError) -> NoReturn:
    """Tell what became of standard output; a reader that stopped early is no error to tell of."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered has nowhere to go
    if error.errno == errno.EPIPE:
        sys.exit(1)
    _end(f"standard output: cannot be written: {error.strerror or error}. Free some space or write with -o", 2)


def _end(message: str, status: int) -> NoReturn:
    sys.stderr.write(f"notices: {' '.join(message.split())}\n")
    sys.exit(status)
