"""Between events and stored rows: the topic is the event type, the state its canonical bytes."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from eventsourcing.persistence import Mapper, StoredEvent
from eventsourcing.utils import resolve_topic

from engine.events.upcasts import read_stored

if TYPE_CHECKING:
    from engine.events.envelope import Event


class EventMapper(Mapper[UUID]):
    """Writes canonical bytes; reads any form ever stored, by way of its upcasts."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The row of an event."""
        event: Event = domain_event
        return StoredEvent(
            originator_id=event.originator_id,
            originator_version=event.originator_version,
            topic=event.TYPE,
            state=event.stored_bytes(),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The event of a row, in today's form."""
        attributes = read_stored(stored_event.state)
        event_class: type[Event] = resolve_topic(attributes["type"])
        return event_class.model_validate({**attributes, "originator_version": stored_event.originator_version})
