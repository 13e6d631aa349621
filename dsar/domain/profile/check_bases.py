"""On what the processing rests: known articles, interests and laws by name, consents that can be withdrawn."""

import re
from collections.abc import Iterator

from dsar.contract import Role
from dsar.domain.profile.category import Category, LegalBasis
from dsar.domain.profile.finding import Finding, contradiction, gap, note
from dsar.domain.profile.model import Profile
from dsar.domain.rights import Relation

# The articles that allow processing: 6(1) and 9(2) by their points, 10 of offences, 28 for another.
_KNOWN = re.compile(r"(?:UK )?GDPR (?:6\(1\)\([a-f]\)|9\(2\)\([a-j]\)|10|28)")
_WITHOUT_CONTRACT = {Relation.VISITOR, Relation.CALLER}


def bases(profile: Profile) -> Iterator[Finding]:
    """Every category's legal bases."""
    for key, category in profile.categories.items():
        for number, basis in enumerate(category.legal_basis):
            yield from _basis(f"categories.{key}.legal_basis[{number}]", basis, category)
        yield from _portable(key, category)
        yield from _no_contract(key, category)
        yield from _no_hold(key, category)


def _basis(field: str, basis: LegalBasis, category: Category) -> Iterator[Finding]:
    if _KNOWN.fullmatch(basis.article) is None:
        yield contradiction(
            f"{field}.article",
            f"{basis.article!r} allows no processing",
            "GDPR 6(1)",
            "Name a point of GDPR 6(1) or 9(2), GDPR 10, or GDPR 28 for what is processed for another.",
        )
    elif category.role is Role.PROCESSOR and not _is(basis, "28"):
        yield gap(
            f"{field}.article",
            f"names {basis.article} of data processed for a customer: with a purpose of its own "
            "the company is controller of it",
            "GDPR 28(10)",
            "Say whose purpose it is: leave GDPR 28 alone, or make the category the company's own.",
        )
    elif category.role is Role.CONTROLLER and _is(basis, "28"):
        yield contradiction(
            f"{field}.article",
            "names GDPR 28, on which a processor works, of the company's own data",
            "GDPR 6(1)",
            'Name the point of GDPR 6(1), or set role = "processor".',
        )
    yield from _unnamed(field, basis)


def _unnamed(field: str, basis: LegalBasis) -> Iterator[Finding]:
    if basis.because is not None:
        return
    if _is(basis, "6(1)(f)"):
        yield gap(
            f"{field}.because",
            "is unset: the legitimate interest is not named",
            "GDPR 13(1)(d)",
            "Name the interest.",
        )
    elif _is(basis, "6(1)(c)"):
        yield gap(
            f"{field}.because",
            "is unset: the law that obliges is not named",
            "GDPR 6(3), 13(1)(c)",
            "Name the law.",
        )


def _portable(key: str, category: Category) -> Iterator[Finding]:
    if category.role is Role.PROCESSOR:
        return  # on what the data rests is the customer's to say
    # GDPR 20(1)(a): by consent or contract
    given = any(_is(basis, "6(1)(a)", "6(1)(b)", "9(2)(a)") for basis in category.legal_basis)
    if given and not category.portable and not category.ai:  # what was inferred is not given
        yield gap(
            f"categories.{key}.portable",
            "is false although the data rests on consent or a contract",
            "GDPR 20(1)",
            "Set portable = true, or say in a comment why no machine processes it.",
        )
    if category.portable and not given:
        yield contradiction(
            f"categories.{key}.portable",
            "is true, and no legal basis is consent or a contract",
            "GDPR 20(1)",
            "Set portable = false, or name the consent or contract.",
        )


def _no_contract(key: str, category: Category) -> Iterator[Finding]:
    strangers = [relation for relation in category.people if relation in _WITHOUT_CONTRACT]
    # GDPR 6(1)(b): "to which the data subject is party"
    if strangers and all(_is(basis, "6(1)(b)") for basis in category.legal_basis):
        yield gap(
            f"categories.{key}.legal_basis",
            f"rests on a contract alone, and these people have made none: {', '.join(strangers)}",
            "GDPR 6(1)(b)",
            "Name the basis for those who are no party to the contract.",
        )


def _no_hold(key: str, category: Category) -> Iterator[Finding]:
    obliged = any(_is(basis, "6(1)(c)") for basis in category.legal_basis)
    if obliged and not category.holds:
        yield note(
            f"categories.{key}.holds",
            "is empty although a law obliges to process it: an erasure takes what no hold names",
            "GDPR 17(3)(b)",
            "Name the hold if that law asks for keeping.",
        )


def _is(basis: LegalBasis, *points: str) -> bool:
    return basis.article.removeprefix("UK ").removeprefix("GDPR ") in points
