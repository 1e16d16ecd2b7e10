"""What is due when: repeated notices folded into one, and the ones that take effect this week and next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.report.labelled import LabelledNotice

_IN_FORCE, _DUE = "已生效", "将生效"
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Folded:
    """A notice with the repeats of it, which are shown and counted but not listed by themselves."""

    notice: LabelledNotice
    copies: tuple[LabelledNotice, ...] = ()

    @property
    def effective_date(self) -> date | None:
        """The day of effect; a repeat may state the day that the first report left out."""
        return next((n.effective_date for n in self.all if n.effective_date), None)

    @property
    def comment_until(self) -> date | None:
        """The last day for comments, from whichever report states it."""
        return next((n.comment_until for n in self.all if n.comment_until), None)

    @property
    def all(self) -> tuple[LabelledNotice, ...]:
        """The notice and its repeats."""
        return (self.notice, *self.copies)

    def status_on(self, today: date) -> str | None:
        """Tell the status as it is ``today``, which may be later than the day of labelling."""
        status = self.notice.status
        if status in {_IN_FORCE, _DUE} and self.notice.effective_date:
            return _IN_FORCE if self.notice.effective_date <= today else _DUE
        return status


@dataclass(frozen=True)
class Agenda:
    """What a reader must act on, soonest first. Weeks begin on Monday."""

    this_week: tuple[Folded, ...]
    next_week: tuple[Folded, ...]
    comments: tuple[Folded, ...]


def week_of(day: date) -> date:
    """Find the Monday of the week in which ``day`` lies."""
    return day - timedelta(days=day.weekday())


def fold(labelled: Sequence[LabelledNotice]) -> list[Folded]:
    """Fold repeats into the first of their kind; newest first, undated last.

    Repeats are what ``duplicate_of`` says, and notices whose headline and text are the same but for blanks.
    """
    keys = {notice.id: _key(notice) for notice in labelled}
    leaders = {n.id: n.duplicate_of for n in labelled if n.duplicate_of and n.duplicate_of != n.id}
    groups: dict[object, list[LabelledNotice]] = {}
    for notice in labelled:
        leader = _leader(notice.id, leaders)
        groups.setdefault(keys.get(leader, leader), []).append(notice)
    folded = [_folded(group) for group in groups.values()]
    folded.sort(key=lambda f: f.notice.id)
    folded.sort(key=lambda f: f.notice.published_at or "", reverse=True)
    return folded


def agenda(folded: Sequence[Folded], today: date) -> Agenda:
    """Sort out what takes effect in this week and the next, and the deadlines for comments still open."""
    monday = week_of(today)
    return Agenda(
        this_week=_taking_effect(folded, monday),
        next_week=_taking_effect(folded, monday + _WEEK),
        comments=tuple(
            sorted(
                (f for f in folded if f.comment_until and f.comment_until >= today),
                key=lambda f: f.comment_until or today,
            )
        ),
    )


def _taking_effect(folded: Sequence[Folded], monday: date) -> tuple[Folded, ...]:
    due = [f for f in folded if f.effective_date and monday <= f.effective_date < monday + _WEEK]
    return tuple(sorted(due, key=lambda f: f.effective_date or monday))


def _key(notice: LabelledNotice) -> tuple[str, str]:
    return "".join(notice.title.split()), "".join(notice.text.split())


def _leader(notice_id: str, leaders: dict[str, str]) -> str:
    seen = {notice_id}  # a table made by hand may point in a circle
    while (leader := leaders.get(notice_id)) is not None and leader not in seen:
        seen.add(leader)
        notice_id = leader
    return notice_id


def _folded(group: list[LabelledNotice]) -> Folded:
    # The one the others point at leads, else the earliest: then another order of rows gives the same leader.
    leader, *copies = sorted(
        group, key=lambda n: (n.duplicate_of is not None, n.published_at is None, n.published_at or "", n.id)
    )
    return Folded(leader, tuple(copies))
