"""The catalogue: every event type, its class, and its topic, which never changes even if code moves."""

from eventsourcing.utils import register_topic

from engine.events.correction import CORRECTABLE, EventCorrected, EventRetracted
from engine.events.envelope import Event
from engine.events.offer import GraftOffered, MatchRunRecorded
from engine.events.reference import OfferCounterInitialised

_CLASSES: tuple[type[Event], ...] = (
    *CORRECTABLE,
    GraftOffered,
    MatchRunRecorded,
    OfferCounterInitialised,
    EventCorrected,
    EventRetracted,
)
EVENT_CLASSES: dict[str, type[Event]] = {event_class.TYPE: event_class for event_class in _CLASSES}

for _type, _class in EVENT_CLASSES.items():
    register_topic(_type, _class)
