"""Whether the roles towards people and the categories of data describe the same company."""

from collections.abc import Iterator

from dsar.contract import Role
from dsar.domain.profile.finding import Finding, contradiction, gap
from dsar.domain.profile.model import CallersRule, Profile
from dsar.domain.rights import Relation


def people(profile: Profile) -> Iterator[Finding]:
    """Relations without data, data without people, and callers whom nobody answers."""
    for role, field, relations in _sides(profile):
        described = {one for c in profile.categories.values() if c.role is role for one in c.people}
        for relation in relations:
            if relation not in described:
                yield gap(
                    field,
                    f"names {relation}, and no category of data is about one in that role",
                    "GDPR 30(1)(c)" if role is Role.CONTROLLER else "GDPR 30(2)(b)",
                    f"Add {relation} to the people of a category, or take it off {field}.",
                )
    yield from _categories(profile)
    yield from _callers(profile)


def _sides(profile: Profile) -> tuple[tuple[Role, str, tuple[Relation, ...]], ...]:
    return (
        (Role.CONTROLLER, "controller_for", profile.controller_for),
        (Role.PROCESSOR, "processor_for", profile.processor_for),
    )


def _categories(profile: Profile) -> Iterator[Finding]:
    known = {role: (field, relations) for role, field, relations in _sides(profile)}
    for key, category in profile.categories.items():
        if not category.people:
            yield gap(
                f"categories.{key}.people",
                "is empty: whose data it is is not said",
                "GDPR 30(1)(c)",
                f"Name them, from {', '.join(profile.relations)}.",
            )
        field, relations = known[category.role]
        for relation in category.people:
            if relation not in relations:
                yield contradiction(
                    f"categories.{key}.people",
                    f"names {relation} of data held as {category.role}, and {field} does not name one",
                    "GDPR 4(7), 4(8)",
                    f"Add {relation} to {field}, or mend the category's role.",
                )


def _callers(profile: Profile) -> Iterator[Finding]:
    ours = profile.callers is CallersRule.OURS
    field, relations = (
        ("controller_for", profile.controller_for) if ours else ("processor_for", profile.processor_for)
    )
    both = {*profile.controller_for, *profile.processor_for}
    if Relation.CALLER in both and Relation.CALLER not in relations:
        yield contradiction(
            "callers",
            f"is {profile.callers}, and {field} does not name callers",
            "GDPR 4(7), 4(8)",
            "Say in one way who answers callers: the company, or the businesses they spoke with.",
        )
