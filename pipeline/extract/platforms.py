"""Who a notice is about: canonical names of platforms, carriers, regulators and payment firms."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.extract import lexicon
from pipeline.extract.content import Content
from pipeline.extract.facts import Fact
from pipeline.resources import data_path

KINDS = ("platform", "carrier", "regulator", "payment")


@dataclass(frozen=True, slots=True)
class Platform:
    """One actor: the name under which it is reported, what it is, and its other names."""

    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    #: Whether its names count only as they are written, because in other cases they are common words.
    cased: bool = False


class PlatformNames:
    """Finds actors by any of their names.

    Raises
    ------
    InputError
        Where one name stands for two actors, or for an actor and a decoy.
    """

    def __init__(self, platforms: tuple[Platform, ...], decoys: tuple[str, ...] = ()) -> None:
        self.platforms = platforms
        #: Each name in lower case → the actor; None for a decoy, which hides a name inside it.
        self._actors: dict[str, Platform | None] = {}
        entries = [(name, platform) for platform in platforms for name in (platform.name, *platform.aliases)]
        for name, actor in (*entries, *((decoy, None) for decoy in decoys)):
            if self._actors.setdefault(name.lower(), actor) is not actor:
                raise InputError(f"the name {name!r} stands twice", remedy="Give each name to one platform only")
        self._pattern = lexicon.compile_words(self._actors)

    @classmethod
    def load(cls, path: Path | str) -> "PlatformNames":
        """Read a file of platforms (TOML): ``decoys``, and ``[[platforms]]`` with name, kind and aliases."""
        try:
            content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
            platforms = tuple(_platform(entry) for entry in content["platforms"])
            return cls(platforms, tuple(content.get("decoys", ())))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise InputError(
                f"the platforms cannot be read ({error!r})",
                where=path,
                remedy="Give each [[platforms]] a name, a kind and a list of aliases",
            ) from error

    def find(self, content: Content) -> Fact | None:
        """Find the actor named first in the headline, or else first in the text.

        A regulator gives way to a platform in the same field: it is the platform the notice is about.
        """
        whole = content.whole
        in_title = self._find(whole, 0, content.title_end)
        found = in_title or self._find(whole, content.text_start, len(whole))
        return found and content.fact(*found)

    def _find(self, whole: str, begin: int, end: int) -> tuple[str, int, int] | None:
        first: tuple[str, int, int] | None = None
        for match in self._pattern.finditer(whole, begin, end):
            name = match.group()
            actor = self._actors[name.lower()]
            if actor is None or (actor.cased and name not in (actor.name, *actor.aliases)):
                continue
            found = (actor.name, match.start(), match.end())
            if actor.kind != "regulator":
                return found
            first = first or found
        return first


def _platform(entry: dict[str, Any]) -> Platform:
    if entry["kind"] not in KINDS:
        raise KeyError(f"kind {entry['kind']!r}: use one of {', '.join(KINDS)}")
    return Platform(entry["name"], entry["kind"], tuple(entry.get("aliases", ())), bool(entry.get("cased", False)))


@cache
def known_platforms() -> PlatformNames:
    """Give the names in ``data/platforms.toml``, read once."""
    return PlatformNames.load(data_path("platforms.toml"))
