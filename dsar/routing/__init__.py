"""The second stage: a caller's businesses are looked up, the case is sent on to them, their instruction is heard."""

from dsar.routing.instructing import Instructed, Instructing
from dsar.routing.look_up import LookingUp
from dsar.routing.signing_in import SigningIn

__all__ = ["Instructed", "Instructing", "LookingUp", "SigningIn"]
