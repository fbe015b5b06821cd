"""What is stored: concerts, and the bookings of their seats."""

from __future__ import annotations

import datetime
import uuid

from dynamongo import (
    EmailField,
    GlobalIndex,
    IntField,
    Model,
    StringField,
    TimestampField,
    Transaction,
    ValidationError,
)
from dynamongo.updates import Update

#: What a concert may start before: so late that no booking's end is beyond what a date can be.
LATEST = datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc)

#: How long a booking is kept after the concert.
KEPT = datetime.timedelta(days=30)


def new_id() -> str:
    return uuid.uuid4().hex


def is_near(moment: datetime.datetime) -> None:
    if not moment < LATEST:
        raise ValidationError(f'must be before {LATEST:%Y-%m-%d}')


class Concert(Model):
    """A concert. The seats left are changed with its bookings, and by nothing else.

    The edition counts the changes that editors make, so that none of them overwrites another's. A
    ``VersionField`` would count the bookings too, and refuse an editor after each of them. For that
    to be safe, an editor's change and a booking touch different attributes, and both are updates.
    """

    __table__ = 'concerts'
    __hash_key__ = 'id'
    __allow_scan__ = False
    __billing_mode__ = 'PAY_PER_REQUEST'

    id = StringField(required=True, default=new_id)
    city = StringField(required=True, min_length=1)
    title = StringField(required=True, min_length=1, max_length=200)
    starts = TimestampField(required=True, validators=[is_near])
    seats_left = IntField(required=True, min_value=0)
    edition = IntField(required=True, default=1)

    by_city = GlobalIndex('city', 'starts')


class Booking(Model):
    """The seats of one person at one concert. DynamoDB deletes it some time after the concert.

    ``expires`` is taken from when the concert starts, which is why that can't be changed.
    """

    __table__ = 'bookings'
    __hash_key__ = 'concert'
    __range_key__ = 'email'
    __allow_scan__ = False
    __billing_mode__ = 'PAY_PER_REQUEST'
    __ttl__ = 'expires'

    concert = StringField(required=True)
    email = EmailField(required=True)
    seats = IntField(required=True, min_value=1, max_value=8)
    expires = TimestampField()


MODELS = (Concert, Booking)


def change(id: str, edition: int, updates: list[Update]) -> Concert | None:
    """Change a concert that still has the edition; ``None`` where it hasn't, or isn't there.

    It is one request, so nobody comes between the check and the change.
    """
    return Concert.update_one(
        (Concert.id == id) & (Concert.edition == edition), [*updates, Concert.edition.increment()]
    )


def book(concert: Concert, booking: Booking) -> None:
    """Take the seats of a booking, or none at all: two requests never get the same seat."""
    booking.expires = concert.starts + KEPT
    with Transaction() as t:
        t.save(booking, overwrite=False)
        t.update(
            (Concert.id == concert.id) & (Concert.seats_left >= booking.seats),
            [Concert.seats_left.subtract(booking.seats)],
        )


def cancel(booking: Booking) -> None:
    """Give the seats of a booking back."""
    with Transaction() as t:
        t.delete(
            (Booking.concert == booking.concert)
            & (Booking.email == booking.email)
            & (Booking.seats == booking.seats)
        )
        t.update((Concert, booking.concert), [Concert.seats_left.add(booking.seats)])
