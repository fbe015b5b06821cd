"""Many threads and processes at once: every write that is acknowledged is there, and none twice."""

import collections
import concurrent.futures
import contextlib
import multiprocessing
import os
import random
import sys
import threading

import pytest

from dynamongo import (
    ConditionalCheckFailedException,
    Connection,
    IntField,
    ListField,
    Model,
    RequestError,
    StringField,
    Transaction,
    TransactionCanceledError,
    VersionField,
)
from tests.engines.base import CREDENTIAL, REGION

THREADS = 8
OPERATIONS = 2500 if os.environ.get('HYPOTHESIS_PROFILE') == 'thorough' else 150
SHARED = 3
ACCOUNTS = 4
OPENING_BALANCE = 100
#: Seconds that a child process may take.
PATIENCE = 60


class Entry(Model):
    """What each thread has to itself."""

    __table__ = 'entries'
    __hash_key__ = 'thread'
    __range_key__ = 'number'

    thread = StringField(required=True)
    number = IntField(required=True)
    text = StringField()
    size = IntField(default=0)
    tags = ListField(StringField)


class Counter(Model):
    """Shared, and changed by ``add``."""

    __table__ = 'counters'
    __hash_key__ = 'id'

    id = StringField(required=True)
    tally = IntField(default=0)


class Sheet(Model):
    """Shared, and changed by whoever has read the latest version."""

    __table__ = 'sheets'
    __hash_key__ = 'id'

    id = StringField(required=True)
    total = IntField(default=0)
    lines = ListField(StringField)
    version = VersionField()


class Account(Model):
    """Shared, and changed by transactions alone."""

    __table__ = 'accounts'
    __hash_key__ = 'id'

    id = IntField(required=True)
    balance = IntField(required=True)


# A cancelled transaction puts moto's tables back to what they were before, with what others have
# written meanwhile; and it adds to numbers without a lock.
needs_isolation = pytest.mark.faithful('moto loses writes that are under way at the same time')

MODELS = (Entry, Counter, Sheet, Account)


@pytest.fixture
def tables(connection):
    for model in MODELS:
        model.create_table()


@pytest.fixture
def forced_switching():
    """Threads that take turns after a few bytecodes each."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


class Worker:
    """What one thread does, and what it knows to be done."""

    def __init__(self, number, claims):
        self.name = f't{number}'
        self.random = random.Random(number)
        self.claims = claims
        self.mine = {}
        self.done = collections.Counter()
        self.counted = collections.Counter()
        self.added = collections.Counter()
        self.lines = collections.defaultdict(list)
        self.won = []

    def run(self):
        actions = [
            self.save,
            self.save_many,
            self.update,
            self.delete,
            self.read,
            self.count,
            self.count_many,
            self.write_line,
            self.claim,
            self.transfer,
        ]
        # Claims are made by all threads in one order, so that they meet.
        for step in range(OPERATIONS):
            action = self.random.choice(actions)
            action(step)
            self.done[action.__name__] += 1
        return self

    def require(self, condition):
        assert condition

    def entry(self, number, step):
        return {
            'thread': self.name,
            'number': number,
            'text': f'{self.name} {number} {step}',
            'tags': [self.name],
        }

    def expect(self, number, entry, size=0):
        self.mine[number] = {**entry, 'size': size}

    def save(self, step):
        number = self.random.randrange(20)
        entry = self.entry(number, step)
        saved = Entry.save_one(entry)
        self.expect(number, entry)
        assert saved.to_dict() == self.mine[number]

    def save_many(self, step):
        numbers = [self.random.randrange(20, 60) for _ in range(30)]
        entries = [self.entry(number, f'{step}.{each}') for each, number in enumerate(numbers)]
        result = Entry.save_many(entries, workers=self.random.choice([1, 3]))
        assert result.errors == []
        assert [one.number for one in result.success] == numbers
        for number, entry in zip(numbers, entries):
            self.expect(number, entry)

    def update(self, step):
        number = self.random.randrange(20)
        condition = (Entry.thread == self.name) & (Entry.number == number)
        updated = Entry.update_one(
            condition & (Entry.tags.contains(self.name)),
            [Entry.size.add(step), Entry.tags.append(str(step))],
        )
        expected = self.mine.get(number)
        if expected is None:
            assert updated is None
            return
        expected['size'] += step
        expected['tags'] = [*expected['tags'], str(step)]
        assert updated.to_dict() == expected

    def delete(self, step):
        numbers = self.random.sample(range(60), 3)
        deleted = Entry.delete_one((self.name, numbers[0]))
        expected = self.mine.pop(numbers[0], None)
        assert (deleted and deleted.to_dict()) == expected
        result = Entry.delete_many([(self.name, number) for number in numbers[1:]])
        assert [one.number for one in result.success] == numbers[1:]
        for number in numbers[1:]:
            self.mine.pop(number, None)

    def read(self, step):
        found = Entry.get_many(Entry.thread == self.name, consistent=True)
        assert [one.to_dict() for one in found] == [
            self.mine[number] for number in sorted(self.mine)
        ]

    def count(self, step):
        name, delta = f'c{self.random.randrange(SHARED)}', self.random.choice([1, 5])
        counter = Counter.update_one(name, [Counter.tally.add(delta)], upsert=True)
        self.counted[name] += delta
        assert counter.id == name
        assert counter.tally >= self.counted[name]

    def count_many(self, step):
        names = [f'c{number}' for number in range(SHARED)]
        result = Counter.update_many(names, [Counter.tally.increment()], workers=2)
        for counter in result.success:
            self.counted[counter.id] += 1
            assert counter.tally >= self.counted[counter.id]
        # They are made by count().
        assert all(type(error) is ConditionalCheckFailedException for error in result.errors)

    def write_line(self, step):
        name, line = f's{self.random.randrange(SHARED)}', f'{self.name} {step}'
        way = self.random.choice(['save', 'changed', 'update', 'transaction'])
        sheet = Sheet.get_one(name, consistent=True)
        while True:
            try:
                if way == 'update':
                    sheet.update(Sheet.total.add(1), Sheet.lines.append(line))
                else:
                    sheet.total += 1
                    sheet.lines.append(line)
                    if way == 'transaction':
                        with Transaction() as transaction:
                            transaction.save(sheet)
                    else:
                        sheet.save(changed=way == 'changed')
            except ConditionalCheckFailedException as error:
                self.done['stale'] += 1
                # What stood in the way is newer, and can be worked on at once.
                stale, sheet = sheet, error.item
                self.require(sheet.version > stale.version and line not in sheet.lines)
            except TransactionCanceledError as error:
                self.done['cancelled'] += 1
                (reason,) = error.reasons
                assert reason.given is sheet
                assert reason.code in ('ConditionalCheckFailed', 'TransactionConflict')
                sheet = Sheet.get_one(name, consistent=True)
                self.require(line not in sheet.lines)
            except RequestError as error:
                self.require(error.code == 'TransactionConflictException')
                self.done['conflict'] += 1
                sheet = Sheet.get_one(name, consistent=True)
                self.require(line not in sheet.lines)
            else:
                break
        assert sheet.lines[-1] == line
        assert len(sheet.lines) == sheet.total == sheet.version - 1
        self.lines[name].append(line)

    def claim(self, step):
        number = next(self.claims) // THREADS
        given = Entry(thread='claims', number=number, text=self.name)
        try:
            given.save(overwrite=False)
        except ConditionalCheckFailedException as error:
            self.require((error.item.thread, error.item.number) == ('claims', number))
            self.require(error.item.text)
        else:
            self.won.append(number)

    def transfer(self, step):
        giver, taker = self.random.sample(range(ACCOUNTS), 2)
        amount = self.random.randrange(1, 40)
        assert None not in Transaction.get([(Account, giver), (Account, taker)])
        try:
            with Transaction() as transaction:
                transaction.update(
                    (Account.id == giver) & (Account.balance >= amount),
                    [Account.balance.subtract(amount)],
                )
                transaction.update((Account, taker), [Account.balance.add(amount)])
                transaction.save(
                    Entry(thread=f'transfers {self.name}', number=step, size=amount), False
                )
        except TransactionCanceledError as error:
            self.done['refused transfer'] += 1
            for reason in error.reasons:
                assert reason.model is Account
                if reason.code == 'ConditionalCheckFailed':
                    assert (reason.position, reason.item.id) == (0, giver)
                    assert reason.item.balance < amount
                else:
                    assert reason.code == 'TransactionConflict'
        else:
            self.added[giver] -= amount
            self.added[taker] += amount
            self.won.append(('transfer', step, amount))


class Claims:
    """Numbers given out to threads, each once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.number = -1

    def __next__(self):
        with self.lock:
            self.number += 1
            return self.number


def total(workers, name):
    """Add up the counters of that name of all workers."""
    return sum((collections.Counter(getattr(one, name)) for one in workers), collections.Counter())


@needs_isolation
def test_soak(tables, forced_switching, request):
    for number in range(SHARED):
        Sheet.save_one({'id': f's{number}'})
    Account.save_many({'id': number, 'balance': OPENING_BALANCE} for number in range(ACCOUNTS))
    claims = Claims()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(Worker(number, claims).run) for number in range(THREADS)]
        workers = [future.result() for future in running]
    request.node.user_properties += total(workers, 'done').items()

    stored = collections.defaultdict(dict)
    for item in Entry.table().scan(ConsistentRead=True)['Items']:
        stored[item.pop('thread')][int(item.pop('number'))] = item
    for worker in workers:
        expected = {
            number: {name: entry[name] for name in ('text', 'size', 'tags')}
            for number, entry in worker.mine.items()
        }
        assert stored[worker.name] == expected
        transfers = {one[1]: one[2] for one in worker.won if isinstance(one, tuple)}
        found = stored[f'transfers {worker.name}']
        assert {number: item['size'] for number, item in found.items()} == transfers

    counters = {one.id: one.tally for one in Counter.iter_many(consistent=True)}
    assert counters == total(workers, 'counted')

    for sheet in Sheet.iter_many(consistent=True):
        written = [line for one in workers for line in one.lines[sheet.id]]
        assert sorted(sheet.lines) == sorted(written)
        assert sheet.total == len(written) == sheet.version - 1
        for worker in workers:
            # Each thread's lines are in the order in which it wrote them.
            own = [line for line in sheet.lines if line.split()[0] == worker.name]
            assert own == worker.lines[sheet.id]

    winners = {number: one.name for one in workers for number in one.won if type(number) is int}
    assert len(winners) == sum(type(number) is int for one in workers for number in one.won)
    assert {number: item['text'] for number, item in stored['claims'].items()} == winners
    assert set(winners) == set(range(claims.number // THREADS + 1))

    balances = {one.id: one.balance for one in Account.iter_many(consistent=True)}
    moved = {number: sum(one.added[number] for one in workers) for number in range(ACCOUNTS)}
    assert balances == {number: OPENING_BALANCE + moved[number] for number in range(ACCOUNTS)}
    assert sum(balances.values()) == ACCOUNTS * OPENING_BALANCE
    assert min(balances.values()) >= 0


def test_a_using_block_stays_in_its_thread(connection, forced_switching):
    """Each thread has tables of its own, and those without a block those of the process."""
    outer, threads = Connection.table_prefix, 6
    prefixes = [f'{outer}u{number}-' if number else outer for number in range(threads)]
    for prefix in prefixes:
        with Connection.using(table_prefix=prefix):
            Counter.create_table()
    together = threading.Barrier(threads, timeout=60)

    def work(number):
        together.wait()
        for step in range(25):
            block = Connection.using(table_prefix=prefixes[number])
            with block if number else contextlib.nullcontext():
                assert Counter.table_name() == f'{prefixes[number]}counters'
                counter = Counter.update_one('c', [Counter.tally.add(number + 1)], upsert=True)
                assert counter.tally == (step + 1) * (number + 1)
                result = Counter.save_many(
                    [{'id': f'd{each}', 'tally': number} for each in range(26)], workers=2
                )
                assert result.fail_count == 0
                assert Counter.count(Counter.tally == number) in (26, 27)
            assert Counter.table_name() == f'{outer}counters'

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    for number, prefix in enumerate(prefixes):
        with Connection.using(table_prefix=prefix):
            found = {one.id: one.tally for one in Counter.iter_many(consistent=True)}
        assert found == {'c': 25 * (number + 1), **{f'd{each}': number for each in range(26)}}


def write_and_read(name, number):
    """Write some items and read them again; return how often the shared counter was raised."""
    items = [Entry(thread=name, number=each, text=f'{name} {each}') for each in range(number)]
    assert Entry.save_many(items, workers=2).fail_count == 0
    found = Entry.get_many(Entry.thread == name, consistent=True)
    assert [one.text for one in found] == [f'{name} {each}' for each in range(number)]
    for _ in range(5):
        Counter.update_one('shared', [Counter.tally.add(1)], upsert=True)
    return 5


def fork_and(function):
    """Run a function in a forked child, and return the child's id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        function()
        code = 0
    finally:
        os._exit(code)


def ended_well(child):
    """Wait for a child process, kill it where it hangs, and tell whether it ended well."""
    timer = threading.Timer(PATIENCE, os.kill, (child, 9))
    timer.start()
    try:
        _, status = os.waitpid(child, 0)
    finally:
        timer.cancel()
    return status == 0


needs_fork = pytest.mark.skipif(not hasattr(os, 'fork'), reason='there is no fork here')


@needs_isolation
@needs_fork
def test_fork_after_use(tables):
    """Parent and child go on, each with connections of its own."""
    write_and_read('before', 30)
    children = [fork_and(lambda: write_and_read('child', 30))]
    write_and_read('parent', 30)
    children.append(fork_and(lambda: write_and_read('second', 30)))
    assert [ended_well(child) for child in children] == [True] * 2
    assert Entry.count(consistent=True) == 120
    assert Counter.get_one('shared', consistent=True).tally == 20


@needs_isolation
@needs_fork
@pytest.mark.filterwarnings('ignore:.*multi-threaded.*fork:DeprecationWarning')
def test_fork_while_other_threads_are_in_requests(tables, forced_switching):
    """Locks that those threads hold, and sockets that they use, don't concern the child."""
    stop, children = threading.Event(), []

    def work(number):
        raised = 0
        while not stop.is_set():
            raised += write_and_read(f't{number}', 10)
        return raised

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(work, number) for number in range(4)]
        try:
            for number in range(5):
                children.append(fork_and(lambda: write_and_read(f'child{number}', 10)))  # noqa: B023
                assert ended_well(children[-1])
        finally:
            stop.set()
        raised = sum(future.result() for future in running)
    assert raised
    assert Entry.count(Entry.thread.begins_with('child'), consistent=True) == 50
    assert Counter.get_one('shared', consistent=True).tally == raised + 25


def write_in_process(endpoint_url, prefix, number):
    """What each process of a pool does, be it forked or spawned."""
    Connection.set_config(
        CREDENTIAL, CREDENTIAL, region=REGION, endpoint_url=endpoint_url, table_prefix=prefix
    )
    return write_and_read(f'p{number}', 15), os.getpid()


@needs_isolation
@pytest.mark.parametrize('method', [pytest.param('fork', marks=needs_fork), 'spawn'])
@pytest.mark.filterwarnings('ignore:.*multi-threaded.*fork:DeprecationWarning')
def test_a_pool_of_processes(tables, engine, method):
    # The parent has clients of its own by then.
    write_and_read('parent', 15)
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(3, mp_context=context) as pool:
        running = [
            pool.submit(write_in_process, engine.endpoint_url, Connection.table_prefix, number)
            for number in range(6)
        ]
        answers = [future.result(PATIENCE) for future in running]
    assert os.getpid() not in {process for _, process in answers}
    assert sum(raised for raised, _ in answers) == 30
    assert Counter.get_one('shared', consistent=True).tally == 35
    assert Entry.count(consistent=True) == 15 * 7
