"""The requests that the service answers.

The functions are plain ones, not coroutines, so FastAPI runs them in threads: a request to DynamoDB
doesn't keep other requests waiting. What is valid is said by the models; the classes here say what
a request looks like.
"""

import datetime
from typing import Annotated, Any, Optional

from fastapi import APIRouter, Query
from pydantic import BaseModel

from dynamongo import Page
from examples.service.models import Booking, Concert, book, cancel

router = APIRouter()

Limit = Annotated[int, Query(ge=1, le=100)]


class NewConcert(BaseModel):
    city: str
    title: str
    starts: datetime.datetime
    seats: int


class ConcertChange(BaseModel):
    """The changes, and the version of the concert that they were made from.

    When it starts can't be changed: its bookings expire by that.
    """

    version: int
    title: Optional[str] = None
    city: Optional[str] = None


class NewBooking(BaseModel):
    email: str
    seats: int = 1


@router.post('/concerts', status_code=201)
def add_concert(new: NewConcert) -> dict[str, Any]:
    concert = Concert.save_one(
        {'city': new.city, 'title': new.title, 'starts': new.starts, 'seats_left': new.seats},
        overwrite=False,
    )
    return concert.to_dict()


@router.get('/concerts')
def list_concerts(city: str, limit: Limit = 20, after: Optional[str] = None) -> dict[str, Any]:
    """The concerts of a city, the next one first, in pages."""
    return as_page(Concert.get_page(Concert.city == city, limit=limit, after=after))


@router.get('/concerts/{id}')
def get_concert(id: str) -> dict[str, Any]:
    return Concert.get_one(id).to_dict()


@router.patch('/concerts/{id}')
def change_concert(id: str, change: ConcertChange) -> dict[str, Any]:
    """Who changes an older version than the stored one is answered 409."""
    concert = Concert.get_one(id, consistent=True)
    for name, value in change.model_dump(exclude_unset=True).items():
        setattr(concert, name, value)
    return concert.save(changed=True).to_dict()


@router.post('/concerts/{id}/bookings', status_code=201)
def add_booking(id: str, new: NewBooking) -> dict[str, Any]:
    return book(Concert.get_one(id), new.email, new.seats).to_dict()


@router.get('/concerts/{id}/bookings')
def list_bookings(id: str, limit: Limit = 20, after: Optional[str] = None) -> dict[str, Any]:
    return as_page(Booking.get_page(Booking.concert == id, limit=limit, after=after))


@router.delete('/concerts/{id}/bookings/{email}', status_code=204)
def remove_booking(id: str, email: str) -> None:
    cancel(Booking.get_one((id, email)))


@router.get('/health')
def health() -> dict[str, str]:
    return {'status': 'ok'}


def as_page(page: Page[Any]) -> dict[str, Any]:
    """A page, and the token that brings the next one; null after the last."""
    return {'items': [item.to_dict() for item in page.items], 'after': page.token}
