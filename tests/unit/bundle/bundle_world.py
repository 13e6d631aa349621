"""A small case without a database: the same seams as the real one, held in memory."""

import io
import zipfile
from uuid import UUID

import msgspec
from support.assembling_case import RECEIVED, assembling

from dsar.bundle.contents import Contents, no_letters
from dsar.bundle.dossier import Dossier
from dsar.bundle.material import Vessel
from dsar.bundle.searched import Ending, Searched
from dsar.contract import Attachment, Origin, Record
from dsar.domain.case import Case
from dsar.domain.profile import LoadedProfile, load
from dsar.domain.rights import Right
from dsar.domain.withholding import Known, Withholding
from dsar.render import Templates
from dsar.store import shipped
from dsar.store.findings import SegmentRow
from dsar.vault import CaseKey
from dsar.vault.segments import StoredAttachment, encode, opened, pack
from dsar.vault.stream import Opener

KEY = CaseKey(bytes(range(32)))
STEP = UUID("0195a000-0000-7000-8000-000000000001")

PROFILE = """
key = "test"
rights = ["access", "portability"]
controller_for = ["prospect", "account_user", "caller"]
callers = "forward"
regime = "EU_GDPR"

[operator]
name = "Example Oy"
country = "FI"
timezone = "Europe/Helsinki"
contact = "privacy@example.com"
languages = ["en"]
authority = { name = "Office of the Data Protection Ombudsman", url = "https://tietosuoja.fi/" }

[categories.account]
title = "Account"
purpose = "To give you the service you ordered"
legal_basis = [{ article = "GDPR 6(1)(b)", because = "Contract" }]
source = "You, when you signed up"
retention = [{ words = "As long as the account exists, then 90 days" }]
recipients = [
  { name = "Hetzner Online GmbH", what = "hosting" }, { name = "Stripe Payments Europe", what = "payments" },
]
portable = true

[categories.calls]
title = "Calls and recordings"
purpose = "To answer your call and to document what was agreed"
legal_basis = [{ article = "GDPR 6(1)(b)", because = "Contract" }]
source = "Your telephone call"
retention = [{ words = "180 days" }]
portable = true

[categories.analytics]
title = "Use of the website"
purpose = "To improve the website"
legal_basis = [{ article = "GDPR 6(1)(f)", because = "Legitimate interest" }]
source = "Your browser"
retention = [{ words = "12 months" }]
"""


def profile() -> LoadedProfile:
    return load(PROFILE, "test")


def case(right=Right.ACCESS) -> Case:
    return assembling(profile(), right)


def origin(collection, record_id):
    return Origin(collection, record_id, RECEIVED)


def record(collection, record_id, data, **pointers):
    raw = msgspec.Raw(data) if isinstance(data, bytes) else data
    return Record(origin(collection, record_id), raw, **pointers)


def recording(record_id, name, content, media_type="audio/wav", **facts):
    return StoredAttachment(
        Attachment(origin("recordings", record_id), name, media_type, len(content), **facts),
        f"blob/{record_id}",
        len(content),
    )


class MemoryMaterial:
    """Sealed segments and files in memory; `case_of` of it gives the rows."""

    def __init__(self):
        self.rows = []
        self._sealed = {}
        self._files = {}

    def add(self, category, system, collection, items, *, portable=True):
        lines = [encode(item) for item in items]
        records = sum(isinstance(item, Record) for item in items)
        row = SegmentRow(
            step_id=STEP,
            seq=len(self.rows) + 1,
            system_key=system,
            collection=collection,
            category=category,
            portable=portable,
            records=records,
            attachments=len(items) - records,
            bytes=sum(map(len, lines)),
            calls=sum(isinstance(item, Record) and bool(item.turns) for item in items),
            recordings=sum(isinstance(item, StoredAttachment) and item.is_sound for item in items),
        )
        self.rows.append(row)
        self._sealed[row.seq] = pack(lines, KEY)
        return row

    def add_file(self, stored, content):
        self._files[stored.blob_key] = content

    def items(self, segments):
        for row in segments:
            yield opened(self._sealed[row.seq], KEY)

    def file(self, stored):
        content = self._files[stored.blob_key]
        yield from (content[i : i + 1000] for i in range(0, len(content), 1000))

    def seekable(self, stored):
        return io.BytesIO(self._files[stored.blob_key])


def dossier(material, right=Right.ACCESS, searched=None, **facts):
    keys = sorted({row.system_key for row in material.rows})
    found = searched or tuple(Searched(key, key.upper(), Ending.FOUND, 1, 0) for key in keys)
    rows = sorted(material.rows, key=lambda row: (row.category, row.system_key, row.collection, row.seq))
    known = {
        "controller": "Example Oy",
        "contact": "privacy@example.com",
        "case": case(right),
        "everything": tuple(rows),
        "digest": bytes(32),
        "loaded": profile(),
        **facts,
    }
    return Dossier(searched=found, segments=tuple(rows), **known)


def withholding(right=Right.ACCESS, **facts):
    known = Known(emails=frozenset({"anna@example.com"}), phones=frozenset({"+358401234567"}), region="FI")
    return Withholding(right, **{"to_controller": False, "known": known, "index": indexed, **facts})


def indexed(collection, record_id):
    """By what a decision knows an item."""
    return f"{collection}/{record_id}".encode()


def assembled(material, right=Right.ACCESS, *, letters=no_letters, decided=(), **facts):
    """The totals and the plain archive."""
    sealed = io.BytesIO()
    vessel = Vessel(sealed, KEY)
    known = dossier(material, right, **facts)
    totals = Contents(
        known,
        material,
        vessel,
        Templates(shipped("templates"), shipped("translations")),
        withholding(right, decided=decided, to_controller=known.case.goes_to_controller),
        letters,
    ).write()
    opener = Opener(KEY, "bundle")
    plain = b"".join(opener.feed(sealed.getvalue())) + opener.finish()
    return totals, plain


def unzipped(plain):
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}
