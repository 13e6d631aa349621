"""The editions of the protocol that are spoken, and the names that go with each."""

from enum import StrEnum


class Version(StrEnum):
    """As `opendsr_request.version` in schema.sql."""

    OPENDSR = "2.0"
    OPENGDPR = "1.0"  # the older name

    def headers(self, domain: str, signature: str) -> dict[str, str]:
        """Who signed, and the signature over the bytes of the body."""
        name = "OpenDSR" if self is Version.OPENDSR else "OpenGDPR"
        return {f"X-{name}-Processor-Domain": domain, f"X-{name}-Signature": signature}

    @property
    def wishes(self) -> frozenset[str]:
        """The major numbers of `api_version` that a request may wish for.

        0.1 stands in the older text's own example; 3 is what mParticle calls identities written as a dictionary.
        """
        return frozenset({"2", "3"}) if self is Version.OPENDSR else frozenset({"0", "1"})
