"""The first stage: a request is read, filed as cases with its time of receipt, and the person proves who they are."""

from dsar.intake.desk import Desk
from dsar.intake.filing import Filed
from dsar.intake.proving import Proving
from dsar.intake.submission import Check, Details, RawSubmission, Submission, read

__all__ = ["Check", "Desk", "Details", "Filed", "Proving", "RawSubmission", "Submission", "read"]
