"""What a file and its channels are called: a name may tell whom it is about, and is withheld from as a text is."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from dsar.contract import Attachment
from dsar.domain.withholding.contacts import contacts_in_name
from dsar.domain.withholding.cutting import MARK, cut
from dsar.domain.withholding.ground import WithholdingGround
from dsar.domain.withholding.known import Known
from dsar.domain.withholding.line import Line
from dsar.domain.withholding.place import Place
from dsar.domain.withholding.pointer import below, values_in
from dsar.domain.withholding.tidy import tidied
from dsar.domain.withholding.withheld import Rule, Withheld


class Labels(Struct, frozen=True):
    """The names of a file as they are told: its own, by what its system knows it, and those of its channels."""

    name: str = ""
    record_id: str = ""
    channels: tuple[str, ...] = ()


def labels(attachment: Attachment) -> dict[str, Any]:
    """The same as they were collected, as a record: a decision names them by `/name` or `/channels/0`."""
    names = [channel.name for channel in attachment.channels]
    return {"name": attachment.name, "record_id": attachment.origin.record_id, "channels": names}


def of_labels(attachment: Attachment, known: Known) -> Iterator[Withheld]:
    """GDPR 15(4): other persons' numbers and mailboxes in them."""
    for held, name, text in values_in(labels(attachment)):
        for span, certainty in contacts_in_name(text, known):
            yield Withheld(
                place=Place(below(held, name), span),
                ground=WithholdingGround.OTHERS,
                rule=Rule.CONTACT,
                certainty=certainty,
            )


def labelled(attachment: Attachment, hits: Sequence[Withheld]) -> tuple[Labels, list[Withheld]]:
    """How the file may be called, and what of its names stays out."""
    data = labels(attachment)
    withheld = tidied([hit for hit in hits if hit.place.pointer], data)
    line = Line(msgspec.Raw(b"{}"), data)
    cut(line, withheld)
    return Labels(
        data.get("name", MARK),
        data.get("record_id", MARK),
        tuple(name or MARK for name in data.get("channels", [MARK] * len(attachment.channels))),
    ), withheld
