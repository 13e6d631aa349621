"""What a connector raises: the class says what to do.

ConnectorError
├── Unreachable    back off and try again
├── Throttled      wait until the time it names; burns no attempt
├── Unauthorised   pause the system and tell the operator
└── Refused        a person's task: trying again cannot help
    ├── NotHeld      the subject has nothing of that collection: a correction is for another subject of the person's
    ├── Changed      what a plan foresaw is no longer so: it is looked at and approved again
    └── NeedsPerson  nobody but a person can do it here: the instructions say how, and by when
"""

from datetime import datetime


class ConnectorError(Exception):
    """The system did not do it. The text names the problem and the remedy, and holds no personal data."""


class Unreachable(ConnectorError):
    """No answer, a broken answer or the vendor's own failure: back off and try again."""


class Throttled(ConnectorError):
    """The vendor asks to wait."""

    def __init__(self, text: str, *, until: datetime) -> None:
        super().__init__(text)
        self.until = until


class Unauthorised(ConnectorError):
    """The credentials do not work: the system pauses and the operator is told."""


class Refused(ConnectorError):
    """The system will not, or cannot: a person takes over."""


class NotHeld(Refused):
    """The subject has no record in the collection that is to be corrected.

    One person is often several subjects of a system, and the collection belongs to one of them.
    """


class Changed(Refused):
    """The subject's items are no longer those of the plan that the order names; nothing was changed."""


class NeedsPerson(Refused):
    """The system is worked by hand. The text is the instruction, `within_days` the days there are to do it.

    With `evidence` the task is not finished before a file is there that shows what was done.
    """

    def __init__(self, text: str, *, within_days: int | None = None, evidence: bool = False) -> None:
        super().__init__(text)
        self.within_days = within_days
        self.evidence = evidence
