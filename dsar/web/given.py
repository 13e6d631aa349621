"""What a handler is given: the service, the pages, and who calls. The parameter's name says which; see `app.py`."""

from litestar.di import NamedDependency

from dsar.domain.controllers import ControllerActor
from dsar.engine import Service
from dsar.review import Actor
from dsar.store.visits import GuestRow
from dsar.web.pages import Pages

GivenService = NamedDependency[Service]
GivenPages = NamedDependency[Pages]
GivenStaff = NamedDependency[Actor]
GivenController = NamedDependency[ControllerActor]
GivenGuest = NamedDependency[GuestRow]
