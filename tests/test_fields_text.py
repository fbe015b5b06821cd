"""Strings and what is stored as one: e-mail addresses, URLs, UUIDs, IP addresses."""

import contextlib
import enum
import http.server
import re
import socket
import threading
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamongo import (
    EmailField,
    IPAddressField,
    StringField,
    URLField,
    UUIDField,
    ValidationError,
)
from dynamongo.fields import text

TEXT_FIELDS = [StringField, EmailField, URLField, IPAddressField]


class Colour(str, enum.Enum):
    RED = 'red'


class Loud(str):
    def __str__(self):
        return self.upper()


@pytest.mark.parametrize(
    ('value', 'native'),
    [
        ('text', 'text'),
        (' text ', ' text '),
        ('\u00e9\U0001f600\x00', '\u00e9\U0001f600\x00'),
        (12, '12'),
        (b'text', 'text'),
        ('\u00e9'.encode(), '\u00e9'),
        (Colour.RED, 'red'),
        (Loud('loud'), 'loud'),
    ],
)
def test_a_string_field_takes_text(value, native):
    field = StringField()
    result = field.validate(value)
    assert result == native
    assert type(result) is str
    assert field.to_primitive(value if isinstance(value, str) else result) == native


@pytest.mark.parametrize('value', [True, 1.5, None.__class__, ['a'], {'a': 1}, b'\xff', object()])
def test_a_string_field_refuses_what_is_no_text(value):
    field = StringField()
    field.set_name('s')
    with pytest.raises(ValidationError, match=r'^s: '):
        field.validate(value)


@pytest.mark.parametrize('class_', TEXT_FIELDS)
def test_text_without_a_utf8_form_is_refused(class_):
    with pytest.raises(ValidationError, match='lone surrogate'):
        class_().to_primitive('a\ud800')


@given(st.text(min_size=1))
def test_all_text_is_stored_as_it_is(value):
    field = StringField()
    assert field._load(field.to_primitive(field.validate(value))) == value


@pytest.mark.parametrize('class_', [StringField, EmailField, IPAddressField])
@pytest.mark.parametrize(
    ('options', 'problem'),
    [
        ({'min_length': 7}, None),
        ({'min_length': 8}, 'at least 8 characters are needed'),
        ({'max_length': 7}, None),
        ({'max_length': 6}, 'at most 6 characters are allowed'),
        ({'regex': r'[a-z0-9@.:]+'}, None),
        ({'regex': r'[a-z]+'}, "does not match '[a-z]+' as a whole"),
        ({'regex': re.compile('[A-Z0-9@.:]+', re.IGNORECASE)}, None),
    ],
)
def test_length_and_pattern(class_, options, problem):
    value = {StringField: 'abc@x.y', EmailField: 'ab@c.de', IPAddressField: '1.2.3.4'}[class_]
    field = class_(**options)
    if problem is None:
        assert field.validate(value) == value
    else:
        with pytest.raises(ValidationError) as raised:
            field.validate(value)
        assert raised.value.errors == {'': f'{problem} (got {value!r})'}


def test_length_and_pattern_can_be_given_by_position():
    field = StringField('[a-z]+', 3, 2)
    assert field.validate('abc') == 'abc'
    for wrong in ('a', 'abcd', 'AB'):
        with pytest.raises(ValidationError):
            field.validate(wrong)


@pytest.mark.parametrize(
    'length', [pytest.param({'max_length': 0}, id='max'), pytest.param({'min_length': 2}, id='min')]
)
def test_length_counts_characters_and_zero_is_a_limit(length):
    with pytest.raises(ValidationError, match='characters'):
        StringField(**length).validate('\U0001f600')


# E-mail


@pytest.mark.parametrize(
    'value',
    [
        'john@example.com',
        'John.Doe+tag@Example.COM',
        "o'brien_{x}@mail.example.co.uk",
        '"john doe"@example.com',
        'a@b-c.museum',
        'john@b\u00fccher.example',
        'john@\u4f8b\u3048.jp',
        'john@xn--bcher-kva.example',
        'a' * 64 + '@example.com',
        'a@' + 'b' * 63 + '.com',
    ],
)
def test_addresses_are_kept_as_they_are(value):
    field = EmailField()
    assert field.validate(value) == value
    assert field.to_primitive(value) == value


@pytest.mark.parametrize(
    'value',
    [
        'john',
        '@example.com',
        'john@',
        'john@example',
        'john@.com',
        'john@example..com',
        'john@-example.com',
        'john@example-.com',
        'john@example.c',
        'john doe@example.com',
        'john@exam ple.com',
        'john@@example.com',
        'a@b@example.com',
        '.john@example.com',
        'john.@example.com',
        'jo..hn@example.com',
        'john@example.com ',
        ' john@example.com',
        'john@example.com\n',
        '"john\ndoe"@example.com',
        '"john\x00"@example.com',
        'j\u00f6hn@example.com',
        '\u212aelvin@example.com',
        'a' * 65 + '@example.com',
        'a@' + 'b' * 64 + '.com',
        'a@' + 'b.' * 130 + 'com',
        'a@' + '\u00fc' * 300 + '.com',
        'John <john@example.com>',
        'mailto:john@example.com',
    ],
)
def test_what_is_no_address_is_refused(value):
    with pytest.raises(ValidationError, match='Not a well-formed email address'):
        EmailField().validate(value)


# URL


@pytest.mark.parametrize(
    'value',
    [
        'http://example.com',
        'https://example.com/',
        'HTTP://EXAMPLE.COM/Path?query=1&b[]=2#fragment',
        'http://sub.example.co.uk:8080/a/b',
        'http://user:secret@example.com/',
        'http://10.0.0.1/',
        'http://[::1]:8080/',
        'http://b\u00fccher.example/',
        'http://example.com./',
        'http://example.com/%20;a=1',
    ],
)
def test_urls_are_kept_as_they_are(value):
    field = URLField()
    assert field.validate(value) == value
    assert field.to_primitive(value) == value


@pytest.mark.parametrize(
    'value',
    [
        'example.com',
        'ftp://example.com/',
        'javascript:alert(1)',
        'file:///etc/passwd',
        'http://',
        'http:///path',
        'http://localhost/',
        'http://example/',
        'http://-example.com/',
        'http://exa mple.com/',
        'http://example.com/a b',
        'http://example.com/\n',
        'http://example.com\n',
        'http://example.com/<script>',
        'http://[1.2.3]/',
        'http://[::1/',
        'http://[:::::]/',
        'http://' + 'a' * 64 + '.com/',
        'http://' + 'a.' * 127 + 'com/',
        'http://example.com:port/',
    ],
)
def test_what_is_no_url_is_refused(value):
    with pytest.raises(ValidationError, match='Not a well-formed URL'):
        URLField().validate(value)


@pytest.mark.parametrize('value', ['http://localhost/', 'http://localhost:8000', 'http://db-1/x'])
def test_local_names_are_allowed_where_asked(value):
    assert URLField(fqdn=False).validate(value) == value
    assert URLField(False).validate(value) == value


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.paths.append(self.path)
        if self.path == '/garbage':
            self.wfile.write(b'garbage\r\n\r\n')
            return
        self.send_response(404 if self.path == '/missing' else 200)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler) as server:
        server.paths = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def url(server, monkeypatch):
    for name in ('http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'):
        monkeypatch.delenv(name, raising=False)
    return f'http://127.0.0.1:{server.server_address[1]}'


def test_nothing_is_opened_unless_asked(url, server):
    URLField().validate(url + '/missing')
    assert server.paths == []


@pytest.mark.parametrize(
    ('path', 'asked'),
    [
        ('', '/'),
        ('/', '/'),
        ('/a%20b?c=1', '/a%20b?c=1'),
        ('/\u00e9', '/%C3%A9'),
        ('/a#fragment', '/a'),
    ],
)
def test_a_url_that_can_be_opened(url, server, path, asked):
    assert URLField(verify_exists=True).validate(url + path) == url + path
    assert server.paths == [asked]


def test_the_name_and_password_of_a_url_are_not_part_of_the_host(url, server):
    given = url.replace('//', '//user:secret@')
    assert URLField(verify_exists=True).validate(given) == given
    assert server.paths == ['/']
    given = given.rpartition(':')[0] + '/'
    with pytest.raises(ValidationError, match='could not be retrieved'):
        URLField(verify_exists=True).validate(given.replace('127.0.0.1', '127.255.255.254'))


@pytest.mark.parametrize('path', ['/missing', '/garbage'])
def test_a_url_that_is_answered_by_an_error(url, path):
    with pytest.raises(ValidationError, match='URL could not be retrieved'):
        URLField(verify_exists=True).validate(url + path)


def test_a_url_that_nobody_serves():
    with contextlib.closing(socket.socket()) as unused:
        unused.bind(('127.0.0.1', 0))
        port = unused.getsockname()[1]
        with pytest.raises(ValidationError, match='URL could not be retrieved'):
            URLField(verify_exists=True).validate(f'http://127.0.0.1:{port}/')


def test_a_url_that_is_never_answered(monkeypatch):
    monkeypatch.setattr(text, 'VERIFY_TIMEOUT', 0.1)
    with contextlib.closing(socket.socket()) as silent:
        silent.bind(('127.0.0.1', 0))
        silent.listen()
        port = silent.getsockname()[1]
        with pytest.raises(ValidationError, match='URL could not be retrieved'):
            URLField(verify_exists=True).validate(f'http://127.0.0.1:{port}/')


# UUID


@pytest.mark.parametrize(
    'value',
    [
        '12345678-1234-5678-1234-567812345678',
        '12345678123456781234567812345678',
        '{12345678-1234-5678-1234-567812345678}',
        'urn:uuid:12345678-1234-5678-1234-567812345678',
        uuid.UUID('12345678-1234-5678-1234-567812345678'),
    ],
)
def test_a_uuid_field_reads_uuids(value):
    field = UUIDField()
    native = field.validate(value)
    assert native == uuid.UUID('12345678123456781234567812345678')
    assert type(native) is uuid.UUID
    assert field.to_primitive(native) == '12345678-1234-5678-1234-567812345678'
    assert field._load(field.to_primitive(native)) == native


def test_a_uuid_is_stored_in_lower_case():
    field = UUIDField()
    stored = field.to_primitive(field.validate('ABCDEFAB-1234-5678-1234-567812345678'))
    assert stored == 'abcdefab-1234-5678-1234-567812345678'


@pytest.mark.parametrize('value', ['x', '1234', 5, 1.5, True, [], {}, b'0' * 16, b'0' * 32])
def test_a_uuid_field_refuses_everything_else(value):
    field = UUIDField()
    field.set_name('u')
    with pytest.raises(ValidationError, match=r'^u: '):
        field.validate(value)


# IP addresses


@pytest.mark.parametrize(
    'value',
    ['0.0.0.0', '10.0.0.1', '255.255.255.255', '::', '::1', '2001:DB8::1', '::ffff:1.2.3.4'],
)
def test_ip_addresses_are_kept_as_they_are(value):
    field = IPAddressField()
    assert field.validate(value) == value
    assert field.to_primitive(value) == value


@pytest.mark.parametrize(
    'value',
    [
        'x',
        '1.2.3',
        '1.2.3.4.5',
        '256.1.1.1',
        '1.2.3.4.evil.com',
        '1.2.3.4/24',
        '1.2.3.4\n',
        ' 1.2.3.4',
        '01.2.3.4',
        '1.2.3.04',
        '16909060',
        16909060,
        ':::',
        '1:2:3:4:5:6:7',
        '::1%eth0',
        '::1/64',
        'g::1',
        '::1\n',
        '[::1]',
        '\u0661.2.3.4',
    ],
)
def test_what_is_no_ip_address_is_refused(value):
    with pytest.raises(ValidationError, match='Not a well-formed IP address'):
        IPAddressField().validate(value)


@given(st.ip_addresses())
def test_every_ip_address_is_taken(value):
    assert IPAddressField().validate(str(value)) == str(value)
