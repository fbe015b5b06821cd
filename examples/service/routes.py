"""The requests that the service answers.

The functions are plain ones, not coroutines, so FastAPI runs them in threads: a request to DynamoDB
doesn't keep other requests waiting. What is valid is said by the models; the classes here say what
a request looks like, and refuse members that they don't know.
"""

from typing import Annotated, Any, Optional

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from dynamongo import Page
from examples.service.errors import given, stale
from examples.service.models import Booking, Concert, book, cancel, change, new_id

router = APIRouter()

Id = Annotated[str, Path(max_length=100)]
Limit = Annotated[int, Query(ge=1, le=100)]
Seats = Annotated[int, Field(ge=0, le=100_000)]

# One person is one key, in whichever case the address is written.
Email = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254)]


class Body(BaseModel):
    model_config = ConfigDict(extra='forbid')


class NewConcert(Body):
    city: str
    title: str
    starts: AwareDatetime
    seats: Seats


class ConcertChange(Body):
    """The changes, and the edition of the concert that they were made from."""

    edition: Annotated[int, Field(ge=1, le=2**31)]
    title: Optional[str] = None
    city: Optional[str] = None


class NewBooking(Body):
    email: Email
    seats: int = 1


@router.post('/concerts', status_code=201)
def add_concert(new: NewConcert) -> dict[str, Any]:
    with given('body'):
        concert = Concert(
            id=new_id(), city=new.city, title=new.title, starts=new.starts, seats_left=new.seats
        )
        concert.validate()
    return concert.save(overwrite=False).to_dict()


@router.get('/concerts')
def list_concerts(
    city: Annotated[str, Query(min_length=1, max_length=200)],
    limit: Limit = 20,
    after: Optional[str] = None,
) -> dict[str, Any]:
    """The concerts of a city, the next one first, in pages."""
    with given('query', about='after'):
        return as_page(Concert.get_page(Concert.city == city, limit=limit, after=after))


@router.get('/concerts/{id}')
def get_concert(id: Id) -> dict[str, Any]:
    return Concert.get_one(id).to_dict()


@router.patch('/concerts/{id}')
def change_concert(id: Id, body: ConcertChange) -> dict[str, Any]:
    """Who changes an older edition than the stored one is answered 409."""
    updates = []
    for name, value in body.model_dump(exclude={'edition'}, exclude_unset=True).items():
        with given('body', name):
            updates.append(getattr(Concert, name).set(value))
    concert = change(id, body.edition, updates)
    if concert is None:
        Concert.get_one(id, consistent=True)
        raise stale()
    return concert.to_dict()


@router.post('/concerts/{id}/bookings', status_code=201)
def add_booking(id: Id, new: NewBooking) -> dict[str, Any]:
    with given('body'):
        booking = Booking(concert=id, email=new.email, seats=new.seats)
        booking.validate()
    book(Concert.get_one(id, consistent=True), booking)
    return booking.to_dict()


@router.get('/concerts/{id}/bookings')
def list_bookings(id: Id, limit: Limit = 20, after: Optional[str] = None) -> dict[str, Any]:
    with given('query', about='after'):
        page = Booking.get_page(Booking.concert == id, limit=limit, after=after)
    if not page.items:
        Concert.get_one(id)
    return as_page(page)


@router.delete('/concerts/{id}/bookings/{email}', status_code=204)
def remove_booking(id: Id, email: Email) -> None:
    cancel(Booking.get_one((id, email), consistent=True))


@router.get('/health')
def health() -> dict[str, str]:
    return {'status': 'ok'}


def as_page(page: Page[Any]) -> dict[str, Any]:
    """A page, and the token that brings the next one; null after the last."""
    return {'items': [item.to_dict() for item in page.items], 'after': page.token}
