"""The faces: pages for people, APIs for controllers and staff, endpoints for machines. Litestar handlers only."""

from dsar.web.app import create_app

__all__ = ["create_app"]
