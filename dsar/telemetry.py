"""Logs and metrics. Neither ever holds personal data: a log entry is a name, ids and counts."""

import logging
import sys
from collections.abc import Iterable
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from structlog.typing import EventDict

REGISTRY = CollectorRegistry()

requests_received = Counter("dsar_requests_received", "Requests taken in.", ["channel"], registry=REGISTRY)
steps_ended = Counter(
    "dsar_steps_ended", "Steps that ended, by kind and how.", ["kind", "end"], registry=REGISTRY
)
step_seconds = Histogram("dsar_step_seconds", "Seconds a step took.", ["kind"], registry=REGISTRY)
steps_open = Gauge("dsar_steps_open", "Steps that are not done, by state.", ["state"], registry=REGISTRY)
cases_open = Gauge("dsar_cases", "Cases by state.", ["state"], registry=REGISTRY)
messages_sent = Counter(
    "dsar_messages", "Messages by channel and end.", ["channel", "end"], registry=REGISTRY
)
deliveries = Counter(
    "dsar_deliveries", "Attempts at deliveries to controllers, by end.", ["channel", "end"], registry=REGISTRY
)
delivery_seconds = Histogram(
    "dsar_delivery_seconds",
    "Seconds until a controller's endpoint had answered.",
    ["channel"],
    registry=REGISTRY,
)
deliveries_waiting = Gauge(
    "dsar_deliveries_waiting",
    "Messages to controllers: due, later, on the way.",
    ["state"],
    registry=REGISTRY,
)
alarms_raised = Counter("dsar_alarms", "Alarms of cases' dates, by name.", ["alarm"], registry=REGISTRY)
holds_to_review = Gauge(
    "dsar_legal_holds_to_review", "Legal holds set by hand whose day of review has come.", registry=REGISTRY
)

system_up = Gauge(
    "dsar_system_up",
    "Whether a connected system is asked and its last probe succeeded.",
    ["system"],
    registry=REGISTRY,
)
system_circuit_open = Gauge(
    "dsar_system_circuit_open",
    "Whether a system failed so often that nobody asks it.",
    ["system"],
    registry=REGISTRY,
)
system_drift = Gauge(
    "dsar_system_drift",
    "Fields that nobody has decided on, at the last probe.",
    ["system"],
    registry=REGISTRY,
)
tasks_overdue = Gauge(
    "dsar_tasks_overdue", "Tasks of people's that should have been done before today.", registry=REGISTRY
)

log: structlog.stdlib.BoundLogger = structlog.get_logger("dsar")


def configure(level: str) -> None:
    """One JSON object a line, on stderr."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries that log addresses and queries speak only when something is wrong.
    said = logging.StreamHandler(sys.stderr)
    said.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _without_a_trace,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[said])
    for name in ("httpx", "httpcore", "asyncpg", "arq.worker", "arq.connections", "aiosmtplib"):
        logging.getLogger(name).setLevel(logging.WARNING)


def where(error: BaseException) -> str:
    """The place in the code, without the message and the variables: those may hold personal data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"


def _without_a_trace(_: Any, __: str, entry: EventDict) -> EventDict:
    """An error by its class and place: its text, and what stood in its frames, may be somebody's data."""
    if raised := entry.pop("exc_info", None):
        entry.update(error=raised[0].__name__, where=where(raised[1]))
    return entry


def show_systems(systems: Iterable[tuple[str, bool, bool, int]]) -> None:
    """Key, whether it answers, whether its circuit is open, and drift, of each system that takes part."""
    for gauge in (system_up, system_circuit_open, system_drift):
        gauge.clear()
    for key, answers, is_open, drifted in systems:
        system_up.labels(key).set(answers)
        system_circuit_open.labels(key).set(is_open)
        system_drift.labels(key).set(drifted)


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
