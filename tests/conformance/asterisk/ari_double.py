"""Asterisk's REST interface for stored recordings: real HTTP, a memory, and a strict eye on each request."""

import asyncio
from base64 import b64encode
from urllib.parse import unquote

from dsar.demo.exchange import Answer, Call, answer
from dsar.demo.server import Server

USER, PASSWORD = "dsar", "not-a-real-password"
_PATH = "/ari/recordings/stored/"


class AriDouble:
    """`recordings` are the bytes by name. `violations` lists requests that ARI does not know."""

    def __init__(self):
        self.recordings = {}
        self.violations = []
        self.calls = []
        self.instead = None
        self.silent_seconds = 0.0
        self._stopping = asyncio.Event()
        self._server = Server(self._answer)

    async def start(self):
        return f"{await self._server.start()}/ari"

    async def stop(self):
        self._stopping.set()
        await self._server.stop()

    async def _answer(self, call: Call) -> Answer:
        self.calls.append((call.method, call.path))
        if self.silent_seconds:
            await self._silence()
        given = call.headers.get("authorization", "")
        if given != "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode():
            return answer(401, {"error": "Authentication required"})
        told = self._told(call)
        return told if self.instead is None else self.instead(told)

    def _told(self, call: Call) -> Answer:
        tail = unquote(call.path.removeprefix(_PATH))
        name, _, part = tail.partition("/")
        if not call.path.startswith(_PATH) or call.query or call.body or part not in {"", "file"}:
            return self._wrong(call)
        if call.method == "DELETE" and not part:
            return self._deleted(name)
        if call.method != "GET":
            return self._wrong(call)
        if name not in self.recordings:
            return answer(404, {"message": "Recording not found"})
        if part:
            return Answer(200, self.recordings[name], media_type="audio/wav")
        return answer(200, {"name": name, "format": "wav"})

    def _deleted(self, name: str) -> Answer:
        if self.recordings.pop(name, None) is None:
            return answer(404, {"message": "Recording not found"})
        return Answer(204, b"")

    def _wrong(self, call: Call) -> Answer:
        self.violations.append(f"{call.method} {call.path}")
        return answer(404, {"message": "Resource not found"})

    async def _silence(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), self.silent_seconds)
        except TimeoutError:
            return
