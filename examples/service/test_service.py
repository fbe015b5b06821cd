"""The service, from its requests to what is stored: each test on tables of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dynamongo import Connection, ThrottledError
from dynamongo.local import LocalDynamoDB
from examples.service.app import create_app
from examples.service.models import MODELS, Booking, Concert
from examples.service.settings import Settings

STARTS = '2030-06-01T19:00:00Z'
PERSON = 'ann@example.com'


@pytest.fixture
def settings(local_dynamodb: LocalDynamoDB) -> Settings:
    """Settings by which the service uses the tables of the test, as it uses those on AWS."""
    settings = Settings(embedded=False)
    Connection.set_config(table_prefix=settings.table_prefix)
    local_dynamodb.create_tables(*MODELS)
    local_dynamodb.seed(
        Concert,
        [
            {'id': f'c{n}', 'city': 'Lamu', 'title': f'No. {n}', 'starts': STARTS, 'seats_left': 3}
            for n in range(3)
        ],
    )
    return settings


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client


def test_a_concert_is_added_and_read(client: TestClient) -> None:
    body = {'city': 'Nairobi', 'title': 'Taarab', 'starts': STARTS, 'seats': 100}
    added = client.post('/concerts', json=body)
    assert added.status_code == 201
    assert added.json() == client.get(f'/concerts/{added.json()["id"]}').json()
    assert added.json()['seats_left'] == 100


def test_all_that_is_wrong_with_a_concert_is_said(client: TestClient) -> None:
    body = {'city': '', 'title': 'x' * 201, 'starts': STARTS, 'seats': -1}
    refused = client.post('/concerts', json=body)
    assert refused.status_code == 422
    places = [problem['loc'][-1] for problem in refused.json()['detail']]
    assert sorted(places) == ['city', 'seats_left', 'title']


def test_the_concerts_of_a_city_come_in_pages(client: TestClient) -> None:
    found, query = [], {'city': 'Lamu', 'limit': '2'}
    for length in (2, 1):
        page = client.get('/concerts', params=query).json()
        assert len(page['items']) == length
        found += page['items']
        query['after'] = page['after']
    assert page['after'] is None
    assert {concert['id'] for concert in found} == {'c0', 'c1', 'c2'}


def test_a_token_of_something_else_is_refused(client: TestClient) -> None:
    assert client.get('/concerts?city=Lamu&after=nonsense').status_code == 422


@pytest.mark.parametrize('path', ['/concerts/c9', '/concerts/c9/bookings/a@example.com'])
def test_what_is_not_there_is_not_found(path: str, client: TestClient) -> None:
    method = 'DELETE' if 'bookings' in path else 'GET'
    assert client.request(method, path).status_code == 404


def test_of_two_who_change_a_concert_the_second_is_told(client: TestClient) -> None:
    change: dict[str, Any] = {'version': 1, 'title': 'Taarab'}
    assert client.patch('/concerts/c0', json=change).json()['title'] == 'Taarab'
    refused = client.patch('/concerts/c0', json={**change, 'title': 'Benga'})
    assert (refused.status_code, 'tickets-' in refused.text) == (409, False)
    assert client.get('/concerts/c0').json()['title'] == 'Taarab'


def test_a_change_leaves_the_seats_that_were_taken(
    client: TestClient, local_dynamodb: LocalDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a read that isn't consistent would still answer without them."""
    get_one, before = Concert.get_one, Concert.get_one('c0')

    def lagging(id: str, *, consistent: bool = False) -> Concert:
        return get_one(id, consistent=True) if consistent else before

    client.post('/concerts/c0/bookings', json={'email': PERSON, 'seats': 2})
    version = client.get('/concerts/c0').json()['version']
    monkeypatch.setattr(Concert, 'get_one', lagging)
    changed = client.patch('/concerts/c0', json={'version': version, 'title': 'Taarab'})
    assert (changed.status_code, changed.json()['seats_left']) == (200, 1)
    stored = {item['id']: item for item in local_dynamodb.dump(Concert)}
    assert (stored['c0']['seats_left'], stored['c0']['title']) == (1, 'Taarab')


@pytest.mark.parametrize(
    ('change', 'status'), [({'title': None}, 422), ({'city': ''}, 422), ({}, 200)]
)
def test_only_what_a_change_names_is_changed(
    change: dict[str, Any], status: int, client: TestClient
) -> None:
    before = client.get('/concerts/c0').json()
    assert client.patch('/concerts/c0', json={'version': 1, **change}).status_code == status
    assert client.get('/concerts/c0').json() == before


def test_a_booking_takes_seats_and_its_end_gives_them_back(
    client: TestClient, local_dynamodb: LocalDynamoDB
) -> None:
    booked = client.post('/concerts/c0/bookings', json={'email': PERSON, 'seats': 2})
    assert (booked.status_code, booked.json()['seats']) == (201, 2)
    assert client.get('/concerts/c0').json()['seats_left'] == 1
    assert client.get('/concerts/c0/bookings').json()['items'] == [booked.json()]

    assert client.delete(f'/concerts/c0/bookings/{PERSON}').status_code == 204
    assert client.get('/concerts/c0').json()['seats_left'] == 3
    assert local_dynamodb.dump(Booking) == []


@pytest.mark.parametrize(
    ('email', 'reason'),
    [(PERSON, 'Booking'), ('bob@example.com', 'Concert')],
    ids=['booked before', 'sold out'],
)
def test_a_booking_that_can_not_be_made_takes_nothing(
    email: str, reason: str, client: TestClient
) -> None:
    client.post('/concerts/c0/bookings', json={'email': PERSON, 'seats': 1})
    seats = 1 if email == PERSON else 3
    refused = client.post('/concerts/c0/bookings', json={'email': email, 'seats': seats})
    assert refused.status_code == 409
    assert refused.json()['detail'][0].startswith(f'{reason}: ')
    assert client.get('/concerts/c0').json()['seats_left'] == 2


@pytest.mark.parametrize('body', [{'email': 'ann', 'seats': 1}, {'email': PERSON, 'seats': 9}])
def test_a_booking_that_is_none_is_refused(body: dict[str, Any], client: TestClient) -> None:
    refused = client.post('/concerts/c0/bookings', json=body)
    assert refused.status_code == 422
    assert len(refused.json()['detail']) == 1


def test_who_is_throttled_is_asked_to_come_back(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(id: str) -> None:
        raise ThrottledError('too many requests')

    monkeypatch.setattr(Concert, 'get_one', throttled)
    answer = client.get('/concerts/c0')
    assert (answer.status_code, answer.headers['Retry-After']) == (503, '2')


def test_it_does_not_start_where_a_table_is_missing(
    settings: Settings, local_dynamodb: LocalDynamoDB
) -> None:
    local_dynamodb.clear()
    local_dynamodb.create_tables(Concert)
    with pytest.raises(RuntimeError, match='tickets-bookings'), TestClient(create_app(settings)):
        pytest.fail('it started')


def test_on_the_embedded_engine_it_makes_its_tables(settings: Settings) -> None:
    embedded = dataclasses.replace(settings, embedded=True)
    with TestClient(create_app(embedded)) as client:
        assert client.get('/concerts/c0').status_code == 404
        assert client.get('/concerts?city=Lamu').json() == {'items': [], 'after': None}


@pytest.mark.parametrize(('value', 'embedded'), [('aws', False), ('embedded', True)])
def test_settings_come_from_the_environment(
    value: str, embedded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('TICKETS_DYNAMODB', value)
    monkeypatch.setenv('TICKETS_TABLE_PREFIX', 'x-')
    assert Settings.from_environment() == Settings(embedded=embedded, table_prefix='x-')


def test_settings_that_make_no_sense_end_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('TICKETS_DYNAMODB', 'azure')
    with pytest.raises(SystemExit, match='TICKETS_DYNAMODB'):
        Settings.from_environment()
