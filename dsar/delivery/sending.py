"""Sends one letter, by mail or as a text message, with a row for every attempt."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from dsar.delivery.closing import AFTER_LETTER, FAREWELL
from dsar.delivery.facts import in_general
from dsar.delivery.keeping import PASSING, keep
from dsar.delivery.receivers import Receiver, Receivers
from dsar.domain.case import Case, Decision
from dsar.domain.profile import LoadedProfile
from dsar.domain.work import Done, End, NewStep, Step, StepKind, StepOutcome, after_failure
from dsar.outbound import Mail, Post, Sms
from dsar.outbound.mail import PostError
from dsar.render import Letter, Letters
from dsar.settings import Settings
from dsar.store import Connection, Database, cases, outbox, steps
from dsar.store.outbox import Attempt, Message
from dsar.telemetry import messages_sent
from dsar.vault import Vault

POST_ATTEMPTS_MAX = 12
POST_FIRST_DELAY_SECONDS = 5.0
NOBODY = "nobody to tell"


class Sending:
    """Handler of `delivery.send`. The message's id stays the same over all attempts."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        letters: Letters,
        profile: LoadedProfile,
        post_office: Post,
        settings: Settings,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._letters = letters
        self._profile = profile
        self._post = post_office
        self._settings = settings
        self._now = now
        self._receivers = Receivers(db, vault, profile, settings, now)

    async def send(self, step: Step) -> None:
        """Try once; then sent, later, or given up."""
        message, case = await self._load(step)
        if message.sent_at is not None:
            async with self._db.settle(step, Done(), self._now()):
                return
        letter: Letter | None = None
        receiver = await self._receivers.of(message, case)
        if receiver is None:
            # What is to be told stands in the case's history; a message that nobody gets is not tried again.
            attempt = Attempt(None, NOBODY, None, 0.0)
            end: End = Done(StepOutcome.DONE, {"reason": NOBODY})
        else:
            attempt, permanent, letter = await self._try(message, case, receiver)
            end = _after_post(step, attempt, permanent=permanent, now=self._now())
        await self._settle(step, message, attempt, end, letter)

    async def _load(self, step: Step) -> tuple[Message, Case]:
        async with self._db.read() as connection:
            message = await outbox.one(connection, UUID(str(step.payload["message"])))
            return message, await cases.one(connection, message.case_id)

    async def _try(
        self, message: Message, case: Case, receiver: Receiver
    ) -> tuple[Attempt, bool, Letter | None]:
        began = time.perf_counter()
        permanent = False
        error: str | None = None
        letter: Letter | None = None
        try:
            letter = await self._hand_over(message, case, receiver)
        except PostError as failure:
            error, permanent = str(failure), failure.permanent
        attempt = Attempt(None if error else 250, error, None, time.perf_counter() - began)
        return attempt, permanent, letter

    async def _hand_over(self, message: Message, case: Case, receiver: Receiver) -> Letter:
        # Person and staff know the request by its reference; a controller's people know the case by its number.
        known = case if message.member_id is None else case.as_shown()
        facts = {**self._facts(known, receiver.inside), "language": receiver.language}
        to, at = receiver.to, self._now().timestamp()
        if message.channel == "mail":
            letter = self._letters.write(message.template, **facts)
            await self._post.mail(
                Mail(str(message.id), to, letter.subject, letter.text, letter.html, receiver.language, at)
            )
            return letter
        text = self._letters.short(message.template, **facts)
        await self._post.sms(Sms(str(message.id), to, text, at))
        return Letter(message.template, text, "")

    def _facts(self, case: Case, inside: dict[str, Any]) -> dict[str, Any]:
        profile = self._profile.profile
        return {
            "code": None,
            "link": None,
            **inside,
            "case": case,
            "operator": profile.operator,
            "profile": profile,
            "facts": in_general(profile),
            "authority": profile.jurisdiction(case.residence).authority,
            "whom": profile.whom_to_ask,
            "status_url": f"{self._settings.public_url}/requests/{case.reference}",
            "verify_url": f"{self._settings.public_url}/verify/{case.reference}",
        }

    async def _settle(
        self, step: Step, message: Message, attempt: Attempt, end: End, letter: Letter | None = None
    ) -> None:
        now = self._now()
        async with self._db.settle(step, end, now) as tx:
            await outbox.attempted(tx, message.id, attempt, now)
            if isinstance(end, Done) and end.outcome is StepOutcome.DONE and attempt.error is None:
                await outbox.sent(tx, message.id, now)
                if letter is not None and _is_kept(message):
                    await self._keep(tx, message, letter, now)
            elif isinstance(end, Done):
                await outbox.failed(tx, message.id, now)
            if isinstance(end, Done) and message.template == FAREWELL:
                after = NewStep(StepKind.CLOSE, AFTER_LETTER)
                await steps.insert(tx, [(message.case_id, after)], now)
        messages_sent.labels(message.channel, type(end).__name__).inc()

    async def _keep(self, tx: Connection, message: Message, letter: Letter, now: datetime) -> None:
        case = await cases.lock(tx, message.case_id)
        if case.wrapped_key is None:
            return
        key = self._vault.case_key(case.wrapped_key)
        _, written = await keep(tx, case, key, message.template, letter, now)
        await cases.apply(tx, case, Decision(events=(written,)), now)


def _is_kept(message: Message) -> bool:
    """Mail to staff and to a controller's people is no letter of the case: the history has all that it tells."""
    return message.template not in PASSING and message.member_id is None and not message.to_staff


def _after_post(step: Step, attempt: Attempt, *, permanent: bool, now: datetime) -> End:
    if attempt.error is None:
        return Done()
    if permanent:
        return Done(StepOutcome.FAILED, {"reason": attempt.error})
    later = after_failure(step.attempt, POST_ATTEMPTS_MAX, POST_FIRST_DELAY_SECONDS, now, attempt.error)
    return later or Done(StepOutcome.FAILED, {"reason": attempt.error})
