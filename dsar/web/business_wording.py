"""What states, outcomes and happenings are called on the businesses' page, in English; it says them in the reader's."""

from dsar.domain.case import Outcome, State
from dsar.render import msgid

STATES: dict[State, str] = {
    State.AWAITING_IDENTITY: msgid("The person has not proven yet who they are"),
    State.ROUTING: msgid("We are finding out whose caller it is"),
    State.AWAITING_CONTROLLER: msgid("Waits for your word"),
    State.SEARCHING: msgid("We are searching"),
    State.IN_REVIEW: msgid("A member of our staff is looking at it"),
    State.ACTING: msgid("We are carrying it out"),
    State.ASSEMBLING: msgid("We are putting the file together"),
    State.ANSWERING: msgid("We are writing the answer"),
}

# How it ended, for a case that was answered or closed.
OUTCOMES: dict[Outcome, str] = {
    Outcome.FULFILLED: msgid("Done"),
    Outcome.FULFILLED_IN_PART: msgid("Done in part"),
    Outcome.NOTHING_HELD: msgid("Done: we hold nothing about the person for you"),
    Outcome.REFUSED: msgid("Refused"),
    Outcome.REFERRED: msgid("The person was told to ask you"),
    Outcome.HANDLED_BY_CONTROLLER: msgid("You deal with it"),
    Outcome.WITHDRAWN: msgid("Withdrawn"),
    Outcome.NOT_IDENTIFIED: msgid("The person did not prove who they are"),
}

# Who did it, where no name is known.
SOMEBODY_REMOVED = msgid("a member of your team who has left")
A_KEY = msgid("a program of yours")
NAMED_KEY = msgid("a program of yours (key “{name}”)")
STANDING = msgid("your standing instruction")
OUR_STAFF = msgid("our staff")

# Happenings by their type; an instruction by what it says too.
HAPPENED: dict[str, str] = {
    "case.received": msgid("The request came in."),
    "case.received/controller": msgid("{by} sent us the request for the person."),
    "case.forwarded": msgid("We passed it on to you."),
    "case.referred": msgid("We told the person to ask you."),
    "identity.proven": msgid("The person has proven who they are."),
    "controller.instructed/fulfil/controller": msgid("{by} told us to do it and to send the answer to you."),
    "controller.instructed/fulfil/person": msgid(
        "{by} told us to do it and to send the answer to the person."
    ),
    "controller.instructed/handled_by_us": msgid("{by} told us that you deal with it."),
    "controller.instructed/refuse": msgid("{by} refused it."),
    "controller.instructed/need_information": msgid("{by} asked the person a question."),
    "information.came/answered": msgid("The person has answered the question."),
    "information.came/no_answer": msgid("No answer to the question came."),
    "search.started": msgid("We began to search."),
    "search.finished": msgid("The search was finished."),
    "orders.given": msgid("We gave the order to erase."),
    "orders.finished": msgid("The order was carried out."),
    "bundle.assembled": msgid("The file was put together."),
    "case.refused": msgid("We could not do it. Our answer says why."),
    "case.answered": msgid("The answer was finished."),
    "message.held_back": msgid("We could not reach the person: the answer stands here for you."),
    "bundle.downloaded": msgid("The person downloaded the file."),
    "bundle.downloaded/controller": msgid("{by} downloaded the file."),
    "case.withdrawn": msgid("The request was withdrawn."),
    "key.destroyed": msgid("We destroyed the key to all that we had collected."),
}

# An instruction that comes too late.
NOT_WAITING = msgid(
    "Nothing was changed: the request no longer waits for your word. Below you see how it stands."
)
