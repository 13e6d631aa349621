"""What a connector raises: the class says what to do.

ConnectorError
├── Unreachable    back off and try again
├── Throttled      wait until the time it names; burns no attempt
├── Unauthorised   pause the system and tell the operator
└── Refused        a person's task: trying again cannot help
    └── NotHeld    the subject has nothing of that collection: a correction is for another subject of the person's
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
