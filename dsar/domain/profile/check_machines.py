"""What machines do with the data: models that are trained, decisions that are made, audio that could leave."""

from collections.abc import Iterator

from dsar.contract import Role
from dsar.domain.profile.category import Category, Strength
from dsar.domain.profile.finding import Finding, contradiction, gap, note
from dsar.domain.profile.model import Profile
from dsar.domain.rights import Right

# GDPR 22(2): by contract, by law, by explicit consent; and 22(4) for special categories
_MAY_DECIDE = {"GDPR 6(1)(a)", "GDPR 6(1)(b)", "GDPR 6(1)(c)", "GDPR 9(2)(a)", "GDPR 28"}


def machines(profile: Profile) -> Iterator[Finding]:
    """Training against the promise, decisions without their right, audio released too lightly."""
    yield from _training(profile)
    for key, category in profile.categories.items():
        yield from _decision(key, category)
        yield from _release(key, category, profile)


def _training(profile: Profile) -> Iterator[Finding]:
    promise = profile.ai.training
    if promise is None:
        if any(category.ai for category in profile.categories.values()):
            yield note(
                "ai.training",
                "is unset although AI works on some of the data: whether it trains models is not said",
                "GDPR 13(1)(c)",
                'Write "never" or "with_consent".',
            )
        return
    against = [
        key
        for key, category in profile.categories.items()
        if category.trains_models and (promise == "never" or not category.by_consent)
    ]
    if against:
        said = "no training" if promise == "never" else "no training without consent"
        yield contradiction(
            "ai.training",
            f"promises {said}, and improving models is a purpose of {', '.join(against)}, "
            f"which rests on {', '.join(_articles(profile, against))}",
            "GDPR 5(1)(b), 6(1)(a)",
            "Take the purpose out, or rest it on a consent of its own.",
        )


def _articles(profile: Profile, keys: list[str]) -> list[str]:
    return sorted({basis.article for key in keys for basis in profile.categories[key].legal_basis})


def _decision(key: str, category: Category) -> Iterator[Finding]:
    if category.automated is not None and not any(b.article in _MAY_DECIDE for b in category.legal_basis):
        yield gap(
            f"categories.{key}.automated",
            f"describes a decision by machine that rests on {', '.join(b.article for b in category.legal_basis)}",
            "GDPR 22(2)",
            "Have a person decide, or rest it on a contract, a law or an explicit consent.",
        )


def _release(key: str, category: Category, profile: Profile) -> Iterator[Finding]:
    needed = category.proof or profile.proof.of(Right.ACCESS)
    # A customer's word for its own caller stands above any code, so that only our own releases matter.
    if category.sensitive and category.role is Role.CONTROLLER and needed is Strength.ONE:
        yield gap(
            f"categories.{key}.proof",
            "lets sensitive data go to whoever reads one code: a telephone number changes hands",
            "GDPR 5(1)(f), 12(6)",
            'Write "two" or "staff".',
        )
