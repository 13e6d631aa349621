"""Pages rendered: every one gets the operator and the language."""

from typing import Any

from dsar.domain.errors import InvalidInput
from dsar.engine import Service
from dsar.render import Templates
from dsar.web.problems import Problem
from dsar.web.wording import RELATIONS, RIGHTS

EMPTY: dict[str, Any] = {
    "rights": [],
    "relations": [],
    "email": "",
    "phone": "",
    "account_id": "",
    "business": "",
    "number_called": "",
    "message": "",
}


class Pages:
    """Renders the pages of one service."""

    def __init__(self, service: Service) -> None:
        self._templates: Templates = service.templates
        profile = service.profile.profile
        self._base = {"operator": profile.operator, "language": profile.operator.languages[0]}
        self._rights = [
            {"value": r.value, "label": RIGHTS[r][0], "about": RIGHTS[r][1]} for r in profile.rights
        ]
        self._relations = [{"value": r.value, "label": RELATIONS[r]} for r in profile.relations]

    def render(self, name: str, **facts: Any) -> str:
        """One page."""
        return self._templates.render(f"pages/{name}.html", **self._base, **facts)

    def form(self, values: dict[str, Any] | None = None, error: InvalidInput | None = None) -> str:
        """The public form, with what was typed and what to mend."""
        return self.render(
            "form",
            rights=self._rights,
            relations=self._relations,
            values=EMPTY | (values or {}),
            errors=by_field(error) if error else {},
        )

    def problem(self, found: Problem) -> str:
        """An error, for a person."""
        return self.render(
            "problem", title=found.title, detail=found.detail, remedy=found.remedy, status=found.status
        )


def by_field(error: InvalidInput) -> dict[str, dict[str, str]]:
    """The errors as the pages show them, beside their fields."""
    return {e.field: {"problem": e.problem, "remedy": e.remedy} for e in reversed(error.errors)}
