"""Pages rendered, each in one language, with the operator and the way to the other languages."""

from typing import Any
from urllib.parse import quote

from litestar import Request

from dsar.domain.errors import FieldError, InvalidInput, filled
from dsar.domain.profile import Text, said
from dsar.engine import Service
from dsar.render import language_name
from dsar.web.language import Asked, asked
from dsar.web.problems import Problem
from dsar.web.wording import NOT_OFFERED, NOTHING_TICKED, RELATIONS, REMEDIES, RIGHTS

# The fields of the form, as they are before anybody has typed.
EMPTY: dict[str, Any] = {
    "rights": [],
    "relations": [],
    "purposes": [],
    "residence": "",
    "email": "",
    "phone": "",
    "account_id": "",
    "business": "",
    "number_called": "",
    "message": "",
    "language": "",
}
TICKED = ("rights", "relations", "purposes")


class AllPages:
    """The pages of one service, for whoever asks."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def asked_by(self, request: Request[Any, Any, Any]) -> "Pages":
        """Those of one HTTP request."""
        offered = self._service.profile.profile.operator.languages
        query = request.query_params.get("lang")
        return Pages(
            self._service, asked(offered, query, request.headers.get("accept-language", "")), own=None
        )


class Pages:
    """The pages as one person reads them. `own` is the language that their request is filed in."""

    def __init__(self, service: Service, wanted: Asked, own: str | None) -> None:
        self._service = service
        self._wanted = wanted
        self._profile = service.profile.profile
        self._offered = self._profile.operator.languages
        self.language = wanted.among(self._offered, own)
        self._translate = service.templates.translator(self.language)

    def speaking(self, own: str) -> "Pages":
        """The same in the language of a request, unless the person has just chosen another."""
        return Pages(self._service, self._wanted, own)

    def say(self, text: str, **values: object) -> str:
        """A marked text in the reader's language, with its values."""
        return filled(self._translate(text), values)

    def to(self, path: str) -> str:
        """An address of ours; a language that was chosen goes along."""
        return f"{path}?lang={self._wanted.chosen}" if self._wanted.chosen else path

    def render(self, page: str, here: str = "/", **facts: Any) -> str:
        """One page; `here` is the address at which a GET shows it again."""
        return self._service.templates.render(
            f"pages/{page}.html",
            language=self.language,
            languages=self._others(here),
            operator=self._profile.operator,
            to=self.to,
            **facts,
        )

    def _others(self, here: str) -> list[dict[str, str]]:
        return [
            {"code": code, "name": language_name(code), "url": f"{quote(here)}?lang={code}"}
            for code in self._offered
            if len(self._offered) > 1
        ]

    def form(self, values: dict[str, Any] | None = None, error: InvalidInput | None = None) -> str:
        """The public form, with what was typed and what to mend."""
        typed = EMPTY | (values or {})
        return self.render(
            "form",
            rights=[self._right(right.value) for right in self._profile.offered],
            relations=[{"value": r.value, "label": self.say(RELATIONS[r])} for r in self._profile.relations],
            callers=self._profile.callers.value,
            residences=[
                {"value": key, "label": self._said(one.title)} for key, one in self._profile.residents.items()
            ],
            consent_purposes=[
                {"value": key, "label": self._said(self._profile.categories[key].title)}
                for key in self._profile.consents
            ],
            values=typed,
            errors=self._to_mend(typed, error) if error else {},
        )

    def _right(self, code: str) -> dict[str, str]:
        label, about = RIGHTS[code]
        return {"value": code, "label": self.say(label), "about": self.say(about), "only": self._only(code)}

    def _only(self, code: str) -> str:
        """Where one must live to use a right that not everybody has."""
        profile = self._profile
        if code in profile.rights:
            return ""
        places = [self._said(one.title) for one in profile.residents.values() if code in one.rights]
        return ", ".join(places)

    def _said(self, text: Text) -> str:
        return said(text, self.language)

    def _to_mend(self, typed: dict[str, Any], error: InvalidInput) -> dict[str, dict[str, str]]:
        """The errors beside their fields; of boxes it is said what a person sees, not the codes."""
        found = self.by_field(error)
        for field in TICKED:
            if field in found:
                problem, remedy = NOT_OFFERED if typed[field] else NOTHING_TICKED
                found[field] = {"problem": self.say(problem), "remedy": self.say(remedy)}
        return found

    def by_field(self, error: InvalidInput) -> dict[str, dict[str, str]]:
        """The errors as the pages show them, beside their fields."""
        return {one.field: self._sentence(one) for one in reversed(error.errors)}

    def _sentence(self, error: FieldError) -> dict[str, str]:
        problem, remedy = (self.say(text, **error.values) for text in error.templates)
        return {"problem": problem, "remedy": remedy}

    def problem(self, found: Problem, errors: tuple[FieldError, ...] = ()) -> str:
        """An error, for a person. A detail that is told to programs alone is left out."""
        detail = self.say(found.detail)
        foreign = self.language != "en" and detail == found.detail
        return self.render(
            "problem",
            title=self.say(found.title),
            detail="" if errors or foreign else detail,
            errors=self.by_field(InvalidInput(*errors)) if errors else {},
            remedy=self.say(REMEDIES[found.status]) if found.status in REMEDIES else "",
            status=found.status,
        )
