"""What can go wrong with the bundled services.

EmbeddedError            the operator acts: the text names the problem and the remedy
└── AlreadyRunning       nothing to do: another process serves this data folder
"""


class EmbeddedError(Exception):
    """The bundled services cannot run here; the text says what to change."""


class AlreadyRunning(EmbeddedError):
    """Another process holds the data folder; the text names it."""
