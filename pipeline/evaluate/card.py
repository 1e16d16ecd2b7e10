"""The model card: what a release learnt from, how right it is and where it errs, for a person to read."""

from typing import Literal

from pipeline.artifacts.release import Release
from pipeline.artifacts.store import Store
from pipeline.evaluate.facts import gather

Form = Literal["html", "markdown"]


def card(release: Release, store: Store, form: Form = "html") -> str:
    """Write the card of a release.

    Parameters
    ----------
    release
        The release.
    store
        The store that it is in. Where this has the artifacts of its training (an imported release comes without),
        the card also shows calibration, risk and coverage, and example notices.
    form
        ``"html"``: one page that needs nothing else; ``"markdown"``: the same figures as tables.

    Raises
    ------
    StoreError
        Where an artifact is damaged.
    """
    facts = gather(release, store)
    if form == "markdown":
        from pipeline.evaluate.card_markdown import markdown

        return markdown(facts)
    from pipeline.evaluate.card_html import html

    return html(facts)
