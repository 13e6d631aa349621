"""The template environments, one for each language: strict, autoescaped, from the files that travel with us."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from dsar.domain.clock import Regime
from dsar.render.catalogue import Catalogues
from dsar.render.provisions import spoken
from dsar.render.reading import filters


class Templates:
    """Renders a template by its path below `templates/`, in a language that `translations/` knows."""

    def __init__(self, folder: Path, translations: Path) -> None:
        self._folder = folder
        self._catalogues = Catalogues(translations)
        self._environments: dict[str, Environment] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language that can be spoken."""
        return self._catalogues.languages

    def render(self, path: str, *, language: str, **facts: Any) -> str:
        """The text; a name that a template lacks is a bug and raises, as does a language without a catalogue."""
        return self._environment(language).get_template(path).render(facts, language=language)

    def source(self, path: str) -> str:
        """A file below `templates/` as it stands."""
        return (self._folder / path).read_text(encoding="utf-8")

    def translator(self, language: str) -> Callable[[str], str]:
        """What a marked text is in a language; one that no catalogue has stays as it is."""
        gettext = self._catalogues.of(language).gettext
        return lambda text: str(gettext(text)) if text else ""  # of no text gettext says the catalogue's head

    def law(self, regime: str, language: str) -> dict[str, Any]:
        """How a template speaks of the law under one regime, for it to be given as facts."""
        return spoken(Regime(regime), self.translator(language))

    def _environment(self, language: str) -> Environment:
        if language not in self._environments:
            self._environments[language] = self._open(language)
        return self._environments[language]

    def _open(self, language: str) -> Environment:
        catalogue = self._catalogues.of(language)
        environment = Environment(
            loader=FileSystemLoader(self._folder),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
        environment.filters |= filters(language, catalogue.gettext)
        return environment
