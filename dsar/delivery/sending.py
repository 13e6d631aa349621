"""Sends one message: mail, text message or webhook, with a row for every attempt."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec

from dsar.delivery.closing import AFTER_LETTER, FAREWELL
from dsar.delivery.facts import in_general
from dsar.delivery.keeping import PASSING, keep
from dsar.domain.case import Case, Decision
from dsar.domain.profile import LoadedProfile
from dsar.domain.work import Again, Done, End, NewStep, Step, StepKind, StepOutcome, after_failure
from dsar.outbound import Delivered, Mail, Post, Sms, sign, webhook_body
from dsar.outbound.mail import PostError
from dsar.outbound.webhook import RETRY_SECONDS, post
from dsar.render import Letter, Letters
from dsar.settings import Settings
from dsar.store import Connection, Database, cases, identities, outbox, parties, steps
from dsar.store.outbox import Attempt, Message
from dsar.store.parties import ControllerRow
from dsar.telemetry import messages_sent
from dsar.vault import CaseKey, Vault

POST_ATTEMPTS_MAX = 12
POST_FIRST_DELAY_SECONDS = 5.0
DAYS = ("new_date", "lifted_on", "due_date", "date")  # facts that a letter writes as days
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
        client: httpx.AsyncClient,
        settings: Settings,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._letters = letters
        self._profile = profile
        self._post = post_office
        self._client = client
        self._settings = settings
        self._now = now

    async def send(self, step: Step) -> None:
        """Try once; then sent, later, or given up."""
        message, case = await self._load(step)
        if message.sent_at is not None:
            async with self._db.settle(step, Done(), self._now()):
                return
        letter: Letter | None = None
        if message.to_staff and await self._staff_address(case) is None:
            # What is to be told stands in the case's history; a message that nobody gets is not tried again.
            attempt = Attempt(None, NOBODY, None, 0.0)
            end: End = Done(StepOutcome.DONE, {"reason": NOBODY})
        elif message.channel == "webhook":
            attempt = await self._webhook(message, case)
            end = _after_webhook(step, attempt, self._now())
        else:
            attempt, permanent, letter = await self._to_person(message, case)
            end = _after_post(step, attempt, permanent=permanent, now=self._now())
        await self._settle(step, message, attempt, end, letter)

    async def _load(self, step: Step) -> tuple[Message, Case]:
        async with self._db.read() as connection:
            message = await outbox.one(connection, UUID(str(step.payload["message"])))
            return message, await cases.one(connection, message.case_id)

    async def _staff_address(self, case: Case) -> str | None:
        """The case's own staff member, else the mailbox that the profile names."""
        if case.assignee is not None:
            async with self._db.read() as connection:
                own = await parties.staff_email(connection, case.assignee)
            if own:
                return own
        profile = self._profile.profile
        return profile.alarms.mail or profile.operator.contact

    async def _webhook(self, message: Message, case: Case) -> Attempt:
        assert message.controller_id is not None
        async with self._db.read() as connection:
            controller = await parties.controller(connection, message.controller_id)
        if (
            controller.webhook_url is None
            or controller.webhook_secret is None
            or controller.webhook_disabled_at
        ):
            return Attempt(None, "no endpoint is set", None, 0.0)
        met = await self._post_webhook(message, case, controller)
        return Attempt(met.status, met.error, met.response, met.seconds)

    async def _post_webhook(self, message: Message, case: Case, controller: ControllerRow) -> Delivered:
        assert controller.webhook_url is not None
        assert controller.webhook_secret is not None
        now = self._now()
        secret = self._vault.open(controller.webhook_secret, "webhook secret").decode()
        body = webhook_body(
            message.template,
            message.created_at,
            {**_webhook_data(case, self._settings.public_url), **message.facts},
        )
        headers = sign(secret, str(message.id), now, body)
        return await post(self._client, controller.webhook_url, headers, body)

    async def _to_person(self, message: Message, case: Case) -> tuple[Attempt, bool, Letter | None]:
        began = time.perf_counter()
        permanent = False
        error: str | None = None
        letter: Letter | None = None
        try:
            letter = await self._hand_over(message, case)
        except PostError as failure:
            error, permanent = str(failure), failure.permanent
        attempt = Attempt(None if error else 250, error, None, time.perf_counter() - began)
        return attempt, permanent, letter

    async def _hand_over(self, message: Message, case: Case) -> Letter:
        if message.to_staff:
            to, inside = str(await self._staff_address(case)), _with_days(message.facts)
            language = self._profile.profile.operator.languages[0]
        else:
            to, inside = await self._person(message, case)
            language = case.language
        facts = {**self._facts(case, inside), "language": language}
        at = self._now().timestamp()
        if message.channel == "mail":
            letter = self._letters.write(message.template, **facts)
            await self._post.mail(
                Mail(str(message.id), to, letter.subject, letter.text, letter.html, language, at)
            )
            return letter
        text = self._letters.short(message.template, **facts)
        await self._post.sms(Sms(str(message.id), to, text, at))
        return Letter(message.template, text, "")

    async def _person(self, message: Message, case: Case) -> tuple[str, dict[str, Any]]:
        """The person's address and what the letter needs, opened."""
        assert message.identity_id is not None
        async with self._db.read() as connection:
            row = await identities.one(connection, message.identity_id)
        key = self._vault.case_key(case.wrapped_key)
        return key.open(row.sealed, "identity").decode(), _inside(key, message)

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
                if letter is not None and message.template not in PASSING:
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


def _webhook_data(case: Case, public_url: str) -> dict[str, Any]:
    """Thin: which case and when it is due. What it holds is fetched with the controller's key."""
    return {
        "case_id": str(case.id),
        "reference": case.reference,
        "right": case.right.value,
        "state": case.state.value,
        "received_at": case.received_at.isoformat(),
        "assist_due_date": case.assist_due_date.isoformat() if case.assist_due_date else None,
        # The controller's own clock, counted from our receipt: it is its statutory date, not ours.
        "statutory_due_date": case.statutory_due_date.isoformat() if case.statutory_due_date else None,
        "url": f"{public_url}/api/v1/controller/cases/{case.id}",
    }


def _inside(key: CaseKey, message: Message) -> dict[str, Any]:
    """What its letter needs, with days as days again."""
    inside: dict[str, Any] = dict(message.facts)
    if message.sealed:
        inside |= msgspec.json.decode(key.open(message.sealed, "notice"))
    return _with_days(inside)


def _with_days(inside: dict[str, Any]) -> dict[str, Any]:
    return inside | {name: date.fromisoformat(inside[name]) for name in DAYS if inside.get(name)}


def _after_webhook(step: Step, attempt: Attempt, now: datetime) -> End:
    if attempt.status is not None and 200 <= attempt.status < 300:
        return Done(StepOutcome.DONE, {"status": attempt.status})
    reason = attempt.error or f"answered {attempt.status}"
    if step.attempt > len(RETRY_SECONDS):
        return Done(StepOutcome.FAILED, {"reason": reason})
    wait = timedelta(seconds=RETRY_SECONDS[step.attempt - 1])
    return Again(now + wait, burns_attempt=True, detail={"reason": reason})


def _after_post(step: Step, attempt: Attempt, *, permanent: bool, now: datetime) -> End:
    if attempt.error is None:
        return Done()
    if permanent:
        return Done(StepOutcome.FAILED, {"reason": attempt.error})
    later = after_failure(step.attempt, POST_ATTEMPTS_MAX, POST_FIRST_DELAY_SECONDS, now, attempt.error)
    return later or Done(StepOutcome.FAILED, {"reason": attempt.error})
