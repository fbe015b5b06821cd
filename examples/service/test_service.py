"""The service, from its requests to what is stored: each test on tables of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dynamongo import Connection, ExpressionError, RequestError, ThrottledError
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
    body = {'city': '', 'title': 'x' * 201, 'starts': '9999-12-20T00:00:00Z', 'seats': 1}
    for changed, places in (({}, ['city', 'starts', 'title']), ({'seats': -1}, ['seats'])):
        refused = client.post('/concerts', json={**body, **changed})
        assert refused.status_code == 422
        found = sorted(problem['loc'] for problem in refused.json()['detail'])
        assert found == [['body', place] for place in places]


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
    for path in ('/concerts?city=Lamu', '/concerts/c0/bookings?'):
        refused = client.get(f'{path}&after=nonsense')
        assert refused.status_code == 422
        assert refused.json()['detail'][0]['loc'] == ['query', 'after']


def test_concerts_of_no_city_are_not_listed(client: TestClient) -> None:
    refused = client.get('/concerts?city=')
    assert (refused.status_code, refused.json()['detail'][0]['loc']) == (422, ['query', 'city'])


@pytest.mark.parametrize(
    ('method', 'path', 'what'),
    [
        ('GET', '/concerts/c9', 'concert'),
        ('GET', '/concerts/c9/bookings', 'concert'),
        ('DELETE', '/concerts/c0/bookings/a@example.com', 'booking'),
    ],
)
def test_what_is_not_there_is_not_found(
    method: str, path: str, what: str, client: TestClient
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()) == (404, {'detail': f'there is no such {what}'})


def test_of_two_who_change_a_concert_the_second_is_told(client: TestClient) -> None:
    change: dict[str, Any] = {'edition': 1, 'title': 'Taarab'}
    assert client.patch('/concerts/c0', json=change).json()['title'] == 'Taarab'
    refused = client.patch('/concerts/c0', json={**change, 'title': 'Benga'})
    assert refused.status_code == 409
    assert refused.json() == {'detail': 'it has been changed meanwhile: read it again'}
    assert client.get('/concerts/c0').json()['title'] == 'Taarab'
    assert client.patch('/concerts/c9', json=change).status_code == 404


def test_bookings_and_editors_do_not_hinder_each_other(client: TestClient) -> None:
    seen = client.get('/concerts/c0').json()
    client.post('/concerts/c0/bookings', json={'email': PERSON, 'seats': 2})
    change = {'edition': seen['edition'], 'title': 'Taarab'}
    changed = client.patch('/concerts/c0', json=change)
    assert changed.json() == {**seen, 'title': 'Taarab', 'edition': 2, 'seats_left': 1}


def test_many_at_once_get_no_seat_twice_and_one_editor_wins(client: TestClient) -> None:
    def ask(number: int) -> int:
        if number % 4 == 0:
            change = {'edition': 1, 'title': f'by {number}'}
            return -int(client.patch('/concerts/c0', json=change).status_code)
        person = {'email': f'p{number}@example.com'}
        return int(client.post('/concerts/c0/bookings', json=person).status_code)

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(ask, range(16)))
    # Who came in between a transaction is answered 503, and nothing is done.
    assert set(statuses) <= {201, 409, 503, -200, -409, -503}
    concert = client.get('/concerts/c0').json()
    assert concert['seats_left'] == 3 - statuses.count(201) >= 0
    assert len(client.get('/concerts/c0/bookings').json()['items']) == statuses.count(201)
    assert concert['edition'] == 1 + statuses.count(-200) <= 2


@pytest.mark.parametrize(
    ('change', 'place'),
    [
        ({'title': None}, 'title'),
        ({'city': ''}, 'city'),
        ({'starts': '2031-01-01T00:00:00Z'}, 'starts'),
        ({'seats_left': 9}, 'seats_left'),
    ],
)
def test_what_can_not_be_changed_is_refused(
    change: dict[str, Any], place: str, client: TestClient
) -> None:
    before = client.get('/concerts/c0').json()
    refused = client.patch('/concerts/c0', json={'edition': 1, **change})
    assert refused.status_code == 422
    assert [problem['loc'] for problem in refused.json()['detail']] == [['body', place]]
    assert client.get('/concerts/c0').json() == before


def test_nothing_reads_a_whole_table(settings: Settings) -> None:
    with pytest.raises(ExpressionError, match='__allow_scan__'):
        Concert.get_many(Concert.city == '')
    with pytest.raises(ExpressionError, match='__allow_scan__'):
        Booking.get_many(Booking.email == PERSON)


def test_a_damaged_item_is_not_the_fault_of_the_request(settings: Settings) -> None:
    key, damage = {'id': 'c0'}, {'seats_left': {'Value': 'many', 'Action': 'PUT'}}
    Concert.table().update_item(Key=key, AttributeUpdates=damage)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        for path in ('/concerts/c0', '/concerts?city=Lamu'):
            answer = client.get(path)
            assert (answer.status_code, answer.text) == (500, 'Internal Server Error')


def test_a_booking_takes_seats_and_its_end_gives_them_back(client: TestClient) -> None:
    booked = client.post('/concerts/c0/bookings', json={'email': PERSON, 'seats': 2})
    assert (booked.status_code, booked.json()['seats']) == (201, 2)
    assert client.get('/concerts/c0').json()['seats_left'] == 1
    assert client.get('/concerts/c0/bookings').json()['items'] == [booked.json()]

    assert client.delete(f'/concerts/c0/bookings/{PERSON.upper()}').status_code == 204
    assert client.get('/concerts/c0').json()['seats_left'] == 3
    assert client.get('/concerts/c0/bookings').json()['items'] == []


@pytest.mark.parametrize(
    ('email', 'reason'),
    [
        (f' {PERSON.upper()}', 'there is a booking by this person already'),
        ('bob@example.com', 'there are not that many seats left'),
    ],
    ids=['booked before', 'sold out'],
)
def test_a_booking_that_can_not_be_made_takes_nothing(
    email: str, reason: str, client: TestClient
) -> None:
    client.post('/concerts/c0/bookings', json={'email': PERSON, 'seats': 1})
    seats = 3 if 'bob' in email else 1
    refused = client.post('/concerts/c0/bookings', json={'email': email, 'seats': seats})
    assert refused.status_code == 409
    assert refused.json() == {'detail': reason}
    assert client.get('/concerts/c0').json()['seats_left'] == 2


@pytest.mark.parametrize('body', [{'email': 'ann', 'seats': 1}, {'email': PERSON, 'seats': 9}])
def test_a_booking_that_is_none_is_refused(body: dict[str, Any], client: TestClient) -> None:
    refused = client.post('/concerts/c0/bookings', json=body)
    assert refused.status_code == 422
    assert len(refused.json()['detail']) == 1


@pytest.mark.parametrize(
    'error',
    [
        ThrottledError('too many requests'),
        RequestError('a transaction has the item', code='TransactionConflictException'),
    ],
)
def test_who_comes_at_a_busy_moment_is_asked_to_come_back(
    error: RequestError, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(id: str) -> None:
        raise error

    monkeypatch.setattr(Concert, 'get_one', refused)
    answer = client.get('/concerts/c0')
    assert (answer.status_code, answer.headers['Retry-After']) == (503, '2')
    assert answer.json() == {'detail': 'try again later'}


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
