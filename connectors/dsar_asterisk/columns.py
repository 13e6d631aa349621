"""Which column of an SQLite table holds which variable, as cdr_sqlite3_custom and cel_sqlite3_custom are configured."""

from msgspec import Struct


class _Columns(Struct, frozen=True):
    def named(self) -> dict[str, str]:
        """Map each variable that is kept to its column."""
        pairs = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: column for name, column in pairs if column is not None}


class SqliteColumns(_Columns, frozen=True, forbid_unknown_fields=True):
    """The column of each CDR variable, as in `cdr_sqlite3_custom.conf`; None where it is not kept."""

    uniqueid: str = "uniqueid"
    """`${CDR(uniqueid)}`: the channel's id. Required."""
    accountcode: str = "accountcode"
    """`${CDR(accountcode)}`: the customer. Required."""
    src: str = "src"
    """`${CDR(src)}`: the caller's number. Required."""
    dst: str = "dst"
    """`${CDR(dst)}`: the called number. Required."""
    start: str = "calldate"
    """`${CDR(start)}`: local time of the start. Required."""
    clid: str | None = "clid"
    """`${CDR(clid)}`: the caller's name and number."""
    linkedid: str | None = "linkedid"
    """`${CDR(linkedid)}`: what joins the legs of a call."""
    dcontext: str | None = "dcontext"
    """`${CDR(dcontext)}`: the dialplan context."""
    channel: str | None = "channel"
    """`${CDR(channel)}`: the channel's name."""
    dstchannel: str | None = "dstchannel"
    """`${CDR(dstchannel)}`: the far channel's name."""
    lastapp: str | None = "lastapp"
    """`${CDR(lastapp)}`: the last dialplan application."""
    lastdata: str | None = None
    """`${CDR(lastdata)}`: its arguments."""
    answer: str | None = None
    """`${CDR(answer)}`: local time of the answer."""
    end: str | None = None
    """`${CDR(end)}`: local time of the end."""
    duration: str | None = "duration"
    """`${CDR(duration)}`: seconds from start to end."""
    billsec: str | None = "billsec"
    """`${CDR(billsec)}`: seconds from answer to end."""
    disposition: str | None = "disposition"
    """`${CDR(disposition)}`: ANSWERED, NO ANSWER, BUSY, FAILED."""
    amaflags: str | None = None
    """`${CDR(amaflags)}`: the billing flag."""
    userfield: str | None = None
    """`${CDR(userfield)}`: what the dialplan chose to note."""


class CelColumns(_Columns, frozen=True, forbid_unknown_fields=True):
    """The column of each CEL variable, as in `cel_sqlite3_custom.conf`; None where it is not kept."""

    eventtype: str = "eventtype"
    """`${eventtype}`: what happened. Required."""
    eventtime: str = "eventtime"
    """`${eventtime}`: when. Required."""
    cidnum: str = "cidnum"
    """`${CALLERID(num)}`: the channel's number. Required."""
    accountcode: str = "accountcode"
    """`${CHANNEL(accountcode)}`: the customer. Required."""
    uniqueid: str = "uniqueid"
    """`${CHANNEL(uniqueid)}`: the channel's id. Required."""
    linkedid: str | None = "linkedid"
    """`${CHANNEL(linkedid)}`: what joins the channels of a call. Asterisk's sample leaves it out: add it."""
    cidname: str | None = "cidname"
    """`${CALLERID(name)}`: the channel's name."""
    cidani: str | None = "cidani"
    """`${CALLERID(ANI)}`: the number that is charged."""
    cidrdnis: str | None = "cidrdnis"
    """`${CALLERID(RDNIS)}`: the number that passed the call on."""
    ciddnid: str | None = "ciddnid"
    """`${CALLERID(DNID)}`: the number that was dialled."""
    exten: str | None = "exten"
    """`${CHANNEL(exten)}`: the extension."""
    context: str | None = "context"
    """`${CHANNEL(context)}`: the dialplan context."""
    channame: str | None = "channame"
    """`${CHANNEL(channame)}`: the channel's own name."""
    appname: str | None = "appname"
    """`${CHANNEL(appname)}`: the dialplan application."""
    appdata: str | None = "appdata"
    """`${CHANNEL(appdata)}`: its arguments."""
    amaflags: str | None = "amaflags"
    """`${CHANNEL(amaflags)}`: the billing flag."""
    peer: str | None = "peer"
    """`${BRIDGEPEER}`: the channel at the other end."""
    userfield: str | None = "userfield"
    """`${CHANNEL(userfield)}`: what the dialplan chose to note."""
    userdeftype: str | None = "userdeftype"
    """`${userdeftype}`: the name of an event of the dialplan's own."""
    eventextra: str | None = "eventextra"
    """`${eventextra}`: what else the event says."""
