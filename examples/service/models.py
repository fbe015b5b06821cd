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
    VersionField,
)

#: How long a booking is kept after the concert.
KEPT = datetime.timedelta(days=30)


def new_id() -> str:
    return uuid.uuid4().hex


class Concert(Model):
    """A concert. The seats left are changed with its bookings, and by nothing else."""

    __table__ = 'concerts'
    __hash_key__ = 'id'
    __billing_mode__ = 'PAY_PER_REQUEST'

    id = StringField(required=True, default=new_id)
    city = StringField(required=True, min_length=1)
    title = StringField(required=True, min_length=1, max_length=200)
    starts = TimestampField(required=True)
    seats_left = IntField(required=True, min_value=0)
    version = VersionField()

    by_city = GlobalIndex('city', 'starts')


class Booking(Model):
    """The seats of one person at one concert. DynamoDB deletes it some time after the concert."""

    __table__ = 'bookings'
    __hash_key__ = 'concert'
    __range_key__ = 'email'
    __billing_mode__ = 'PAY_PER_REQUEST'
    __ttl__ = 'expires'

    concert = StringField(required=True)
    email = EmailField(required=True)
    seats = IntField(required=True, min_value=1, max_value=8)
    expires = TimestampField()


MODELS = (Concert, Booking)


def book(concert: Concert, email: str, seats: int) -> Booking:
    """Take seats for a person, or none at all: two requests never get the same seat."""
    booking = Booking(concert=concert.id, email=email, seats=seats, expires=concert.starts + KEPT)
    booking.validate()
    with Transaction() as t:
        t.save(booking, overwrite=False)
        t.update(
            (Concert.id == concert.id) & (Concert.seats_left >= seats),
            [Concert.seats_left.subtract(seats)],
        )
    return booking


def cancel(booking: Booking) -> None:
    """Give the seats of a booking back."""
    with Transaction() as t:
        t.delete(
            (Booking.concert == booking.concert)
            & (Booking.email == booking.email)
            & (Booking.seats == booking.seats)
        )
        t.update((Concert, booking.concert), [Concert.seats_left.add(booking.seats)])
