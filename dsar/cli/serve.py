"""`dsar serve`: the pages and the APIs."""

import argparse
import asyncio

import uvicorn

from dsar import settings as settings_
from dsar.engine import open_service
from dsar.settings import Settings, SettingsError
from dsar.telemetry import configure
from dsar.web import create_app
from dsar.worker import waking

SHUTDOWN_SECONDS = 10


def arguments(command: argparse.ArgumentParser) -> None:
    """None: settings come from the environment."""
    command.epilog = "Settings come from the environment: see docs/settings.md."


def run(_: argparse.Namespace) -> int:
    """Serve until interrupted."""
    settings = settings_.load()
    settings_.require(settings, "database_url", "redis_url", "blob_url", "operator_key")
    configure(settings.log_level)
    uvloop_run(serve(settings))
    return 0


def uvloop_run(main: object) -> None:
    """Run on uvloop, which serves more on the same core."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)  # type: ignore[arg-type]


async def serve(settings: Settings) -> None:
    """Open the service and serve it."""
    async with waking(settings.redis_url) as wake, open_service(settings, wake=wake) as service:
        config = uvicorn.Config(
            create_app(service),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,  # addresses hold references and tokens
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            limit_concurrency=1000,
        )
        try:
            await uvicorn.Server(config).serve()
        except SystemExit as ended:
            # Uvicorn's way of saying that it cannot listen; its line before this one has the system's reason.
            raise SettingsError(
                "DSAR_HOST, DSAR_PORT: nothing can listen there; end what listens already, or choose others"
            ) from ended
