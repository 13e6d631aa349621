"""The letters of a case lie in its archive, the answer as the person reads it on the page."""

import io
import re
import zipfile

import pytest
from stage_double import Row
from stage_office import EMAIL

from dsar.domain.work import StepKind
from dsar.store import deliveries, steps


@pytest.fixture
async def crm(office):
    system = await office.system("crm")
    return system.person("a", ("email", EMAIL)).add(
        Row("a", "r1", {"name": "Anna", "friend": "Bea"}, more={"others": ("/friend",)})
    )


async def archive_of(office, case):
    async with office.db.read() as connection:
        bundle = await deliveries.bundle_of_case(connection, case.id)
    key = office.service.vault.case_key(case.wrapped_key)
    parts = [part async for part in office.service.blobs.get_opened(bundle.blob_key, key, "bundle")]
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_the_answer_in_the_archive_is_the_one_that_is_kept_and_linked(office, crm):
    # GDPR 12(1), GDPR 15(3)
    case = await office.case(await office.asked_and_proven("access"))
    files = await archive_of(office, case)
    letters = sorted(name for name in files if name.startswith("letters/"))
    assert letters[-2:] == [
        f"letters/{len(letters) // 2:02}-access.html",
        f"letters/{len(letters) // 2:02}-access.txt",
    ]
    async with office.db.read() as connection:
        rows = await deliveries.letters_of_case(connection, case.id)
        kept = [row for row in rows if row.kind == "access"]
        (answer,) = [s for s in await steps.of_case(connection, case.id) if s.kind is StepKind.ANSWER]
    (row,) = kept  # written once
    assert answer.payload["letter"] == str(row.id)
    token = re.search(
        r"/download/([\w-]+)", next(m.text for m in office.messages(EMAIL) if "/download/" in m.text)
    )[1]
    await office.service.fetching.send_code(token)
    await office.work()
    grant = await office.service.fetching.open_with_code(token, office.code(EMAIL))
    shown = await office.service.fetching.letter(token, grant)
    assert files[letters[-1]].decode() == f"{shown.subject}\n\n{shown.text}"
    assert "What we withheld, and why" in shown.text  # what only the archive's making could tell
    assert len(rows) * 2 == len(letters)
