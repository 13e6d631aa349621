"""The fifth stage: all that was found, written into one sealed archive in constant memory."""

from dsar.bundle.stage import Bundling

__all__ = ["Bundling"]
