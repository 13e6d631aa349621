"""What codes are called on pages."""

from dsar.domain.case import State
from dsar.domain.rights import Relation, Right

RIGHTS = {
    Right.ACCESS: ("See my data", "A copy of what is held about you, and what it is used for."),
    Right.ERASURE: ("Erase my data", "What no law makes us keep is erased, and you get proof."),
    Right.PORTABILITY: ("Take my data elsewhere", "What you gave us, as files that other services can read."),
    Right.OBJECTION: ("Stop using my data", "Marketing stops at once. For other uses, tell us why below."),
    Right.RECTIFICATION: ("Correct my data", "Tell us below what is wrong, and what is right."),
    Right.RESTRICTION: ("Freeze my data", "It is kept but not used, for example while you dispute it."),
    Right.WITHDRAW_CONSENT: ("Withdraw my consent", "For everything, or for what you name below."),
    Right.AUTOMATED_DECISION: (
        "Have a person decide",
        "A person looks again at a decision made by a machine.",
    ),
}

RELATIONS = {
    Relation.VISITOR: "I visited the website",
    Relation.PROSPECT: "I asked about the service, or somebody offered it to me",
    Relation.ACCOUNT_USER: "I have an account, or work with one",
    Relation.CALLER: "I spoke on the telephone with a business that uses the service",
}

STATES = {
    State.AWAITING_IDENTITY: "Waiting for your code",
    State.ROUTING: "We are finding out whom you have to ask",
    State.AWAITING_CONTROLLER: "With the business that answers it",
    State.SEARCHING: "We are searching",
    State.IN_REVIEW: "A member of staff is looking at it",
    State.ACTING: "We are carrying it out",
    State.ASSEMBLING: "We are putting your file together",
    State.ANSWERING: "We are writing the answer",
    State.DELIVERED: "Answered: look for our message",
    State.CLOSED: "Closed",
}
