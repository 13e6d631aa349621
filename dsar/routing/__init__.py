"""The second stage: a caller's businesses are looked up, the case is sent on to them, their instruction is heard."""

from dsar.routing.endpoints import Endpoints, NewEndpoint
from dsar.routing.instructing import Instructed, Instructing
from dsar.routing.keys import Keys, MadeKey, NewKey
from dsar.routing.look_up import LookingUp
from dsar.routing.onboarding import ControllerChange, NewController, Onboarded, Onboarding
from dsar.routing.opendsr import OpenDsr
from dsar.routing.replaying import Replaying
from dsar.routing.signing_in import SigningIn
from dsar.routing.standing import NewStanding, Standings
from dsar.routing.team import Member, NewMember, Team
from dsar.routing.withdrawing import Withdrawing, Withdrawn

__all__ = [
    "ControllerChange",
    "Endpoints",
    "Instructed",
    "Instructing",
    "Keys",
    "LookingUp",
    "MadeKey",
    "Member",
    "NewController",
    "NewEndpoint",
    "NewKey",
    "NewMember",
    "NewStanding",
    "Onboarded",
    "Onboarding",
    "OpenDsr",
    "Replaying",
    "SigningIn",
    "Standings",
    "Team",
    "Withdrawing",
    "Withdrawn",
]
