"""Clients that wait for a silent system no longer than a test likes, and for one that only is slow as long as it takes."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

PATIENT_SECONDS = 10.0
SILENT_SECONDS = 0.15


class Clients:
    """Gives clients out, and shortens what they wait while nobody is going to answer."""

    def __init__(self) -> None:
        self._given: list[httpx.AsyncClient] = []
        self._seconds = PATIENT_SECONDS

    def new(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            timeout=self._seconds, verify=False
        )  # reading authorities takes longer than most tests
        self._given.append(client)
        return client

    @contextmanager
    def unanswered(self) -> Iterator[None]:
        self._wait(SILENT_SECONDS)
        yield
        self._wait(PATIENT_SECONDS)

    def _wait(self, seconds: float) -> None:
        self._seconds = seconds
        for client in self._given:
            client.timeout = seconds
