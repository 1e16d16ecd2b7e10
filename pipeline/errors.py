"""The errors a user can cause: one line with what is wrong, where, and what to do about it."""


class NoticesError(Exception):
    """Something the person at the keyboard can mend.

    Parameters
    ----------
    what
        What is wrong, in plain words.
    where
        The file, line, column or option concerned, if there is one.
    remedy
        What to do next, as an instruction.
    """

    #: The status with which the command line ends on this error.
    exit_status = 2

    def __init__(self, what: str, *, where: object = None, remedy: str | None = None) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        """One line: where, what, and the remedy."""
        line = f"{self.where}: {self.what}" if self.where else self.what
        if self.remedy:
            line = f"{line.rstrip('.')}. {self.remedy}"
        return " ".join(line.split())

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the three parts, so that the error crosses process borders whole."""
        return _rebuild, (type(self), self.what, self.where, self.remedy)


def _rebuild(kind: type[NoticesError], what: str, where: str | None, remedy: str | None) -> NoticesError:
    return kind(what, where=where, remedy=remedy)


class InputError(NoticesError):
    """A source cannot be read as notices."""


class EmptyInputError(InputError):
    """A source that can be read holds no notice."""


class TaxonomyError(NoticesError):
    """A taxonomy file, or a label in a table, does not fit."""


class ParameterError(NoticesError):
    """A training parameter has no such name or value."""


class StoreError(NoticesError):
    """The store of artifacts is missing something, damaged, locked or read-only."""


class OutputError(NoticesError):
    """A result cannot be written."""


class MissingExtraError(NoticesError):
    """A library from an optional extra is not installed."""

    @classmethod
    def of(cls, library: str, extra: str) -> "MissingExtraError":
        """Say which extra brings ``library``."""
        return cls(f"{library} is not installed", remedy=f"Install it with: pip install 'notices[{extra}]'")
