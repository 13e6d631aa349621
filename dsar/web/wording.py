"""What codes are called on pages, in English; the pages say them in the reader's language."""

from dsar.domain.case import State
from dsar.render import msgid

# What a person may want, and a line about it.
RIGHTS: dict[str, tuple[str, str]] = {
    "access": (msgid("See my data"), msgid("A copy of what is held about you, and what it is used for.")),
    "erasure": (msgid("Erase my data"), msgid("What no law makes us keep is erased, and you get proof.")),
    "portability": (
        msgid("Take my data elsewhere"),
        msgid("What you gave us, as files that other services can read."),
    ),
    "objection": (
        msgid("Stop using my data"),
        msgid("Marketing stops at once. For other uses, tell us why below."),
    ),
    "rectification": (msgid("Correct my data"), msgid("Tell us below what is wrong, and what is right.")),
    "restriction": (
        msgid("Freeze my data"),
        msgid("It is kept but not used, for example while you dispute it."),
    ),
    "withdraw_consent": (msgid("Withdraw my consent"), msgid("For everything, or for what you name below.")),
    "automated_decision": (
        msgid("Have a person decide"),
        msgid("A person looks again at a decision made by a machine."),
    ),
    "know": (msgid("Know what you hold about me"), msgid("What it is, where it is from, and who gets it.")),
    "delete": (msgid("Delete my information"), msgid("What no law makes us keep is deleted.")),
    "correct": (msgid("Correct my information"), msgid("Tell us below what is wrong, and what is right.")),
    "opt_out_sale": (msgid("Do not sell or share my information"), msgid("You need not prove who you are.")),
    "limit_sensitive": (
        msgid("Limit the use of my sensitive information"),
        msgid("You need not prove who you are."),
    ),
}

RELATIONS: dict[str, str] = {
    "visitor": msgid("I visited the website"),
    "prospect": msgid("I asked about the service, or somebody offered it to me"),
    "account_user": msgid("I have an account, or work with one"),
    "employee": msgid("My employer uses the service"),
    "caller": msgid("I spoke on the telephone with a business that uses the service"),
}

STATES: dict[State, str] = {
    State.AWAITING_IDENTITY: msgid("Waiting for your code"),
    State.ROUTING: msgid("We are finding out whom you have to ask"),
    State.AWAITING_CONTROLLER: msgid("With the business that answers it"),
    State.SEARCHING: msgid("We are searching"),
    State.IN_REVIEW: msgid("A member of staff is looking at it"),
    State.ACTING: msgid("We are carrying it out"),
    State.ASSEMBLING: msgid("We are putting your file together"),
    State.ANSWERING: msgid("We are writing the answer"),
    State.DELIVERED: msgid("Answered: look for our message"),
    State.CLOSED: msgid("Closed"),
}

# What is wrong with the boxes: the API names its codes there, a person ticks.
NOTHING_TICKED = (msgid("is missing."), msgid("Tick at least one box."))
NOT_OFFERED = (msgid("names one that is not offered where you live."), msgid("Choose among the others."))

# What a person can do about an error, by its status; programs read the problem's own remedy.
REMEDIES: dict[int, str] = {
    400: msgid("Go back, load the page again, and send it once more."),
    404: msgid("Look at the address once more."),
    405: msgid("Go back, and use the page’s own links and buttons."),
    409: msgid("Load the page again to see how things stand."),
    410: msgid("Nothing brings it back. Make a new request if you still need an answer."),
    413: msgid("Write less, and send it again."),
    415: msgid("Use the form as it is. It takes no files."),
    416: msgid("Begin the download anew."),
    422: msgid("Go back, mend what is named here, and send it again."),
    429: msgid("Wait a while, and try again."),
    500: msgid("Try again in a moment. If it stays, tell us the time of this answer."),
    503: msgid("Try again in a minute."),
}
