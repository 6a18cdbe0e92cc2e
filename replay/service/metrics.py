"""What Prometheus is told: counts and seconds, never whose."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from engine.intake.verdicts import Verdict
from replay.service.answers import Answer

disable_created_metrics()  # type: ignore[no-untyped-call]
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)


class Metrics:
    """The service's own figures, of this process alone."""

    def __init__(self) -> None:
        self.registry = kept = CollectorRegistry()
        self.events = Counter("snagc_events", "Events by verdict", ["verdict"], registry=kept)
        self.offers = Counter("snagc_offers", "Live offers recorded with their run", registry=kept)
        self.runs = Histogram(
            "snagc_run_seconds", "Seconds to compute the run of a live offer", buckets=_SECONDS, registry=kept
        )
        self.position = Gauge("snagc_position", "The last position of the log", registry=kept)
        self.followers = Gauge("snagc_followers", "Followers that wait for the next event", registry=kept)
        self.requests = Counter("snagc_requests", "Requests by route and status", ["route", "status"], registry=kept)
        self.seconds = Histogram(
            "snagc_request_seconds", "Seconds to answer a request", ["route"], buckets=_SECONDS, registry=kept
        )

    def verdict(self, verdict: Verdict) -> None:
        """A verdict was given."""
        self.events.labels(verdict.status).inc()

    def run(self, seconds: float) -> None:
        """The run of a live offer was computed in so many seconds."""
        self.offers.inc()
        self.runs.observe(seconds)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self.requests.labels(route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def answer(self) -> Answer:
        """All of it in Prometheus' text format."""
        return Answer(200, generate_latest(self.registry), CONTENT_TYPE_PLAIN_0_0_4)
