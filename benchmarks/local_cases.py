"""The five cases over HTTP, to DynamoDB Local on this machine."""

import time

from benchmarks import cases, contestants, items, timing
from benchmarks.canned_cases import by_case

WORKERS = 4

#: What dynamongo does with one request at a time, and with several.
PARALLEL = ('scan', 'get_many', 'save_many')


def run(names, rounds, sizes, *, only=tuple(contestants.MODULES), progress=None):
    """Start DynamoDB Local, time cases of all contestants on it, and end it.

    :returns: the version of DynamoDB Local, the results by case and contestant, those of
        dynamongo's workers, and the reasons for each contestant that is missing.
    :raises tests.engines.base.EngineError: where DynamoDB Local or Java isn't there.
    """
    # The facility of the tests, which is imported only where it is needed.
    from tests.engines.dynamodb_local import running_dynamodb_local

    with running_dynamodb_local() as engine:
        found, skipped = contestants.load(only, engine.endpoint_url)
        calls, repeats = {}, {}
        for contestant in found.values():
            fill(engine.client, contestant, sizes)
            prepared = cases.prepare(contestant, sizes, names)
            cases.check(contestant, prepared, sizes)
            for case, call in prepared.items():
                calls[case, contestant.name] = call
                repeats[case, contestant.name] = cases.REPEATS[case]
        if 'dynamongo' in found:
            calls.update(in_parallel(found['dynamongo'], sizes, names))
        seconds = timing.measure(
            calls, rounds, repeats=repeats, clock=time.perf_counter, progress=progress
        )
        for contestant in found.values():
            contestant.close()
        parallel = {key: seconds.pop(key) for key in list(seconds) if key[0] in PARALLEL_CASES}
        return engine.version, by_case(seconds), by_case(parallel, ['1']), skipped


PARALLEL_CASES = tuple(f'{name} in parallel' for name in PARALLEL)


def in_parallel(contestant, sizes, names):
    """Return calls of dynamongo with one worker and with several, by their case and name."""
    emails = [items.user(number)['email'] for number in range(sizes.batch)]
    users = [contestant.make_user(items.user(number)) for number in range(sizes.batch)]
    functions = {
        'scan': contestant.scan,
        'get_many': lambda workers: contestant.get_many(emails, workers=workers),
        'save_many': lambda workers: contestant.batch(users, workers=workers),
    }
    wanted = {'scan': 'scan', 'get_many': 'get', 'save_many': 'batch'}
    calls = {}
    for name, case in zip(PARALLEL, PARALLEL_CASES):
        if wanted[name] in names:
            for workers in (1, WORKERS):
                call = functions[name]
                calls[case, str(workers)] = lambda call=call, workers=workers: call(workers=workers)
    for (case, workers), call in calls.items():
        answer = call()
        count = {PARALLEL_CASES[0]: sizes.scan, PARALLEL_CASES[1]: sizes.batch}.get(case)
        if count is not None and len(answer) != count:
            raise cases.WrongAnswer(f'{case}, {workers} workers: {len(answer)} items')
    return calls


def fill(client, contestant, sizes):
    """Make the tables of a contestant, with the items as its library stores them."""
    tables = [
        (contestant.users_table, items.USER_KEY, items.user, sizes.scan),
        (contestant.contacts_table, items.CONTACT_KEY, items.contact, sizes.query),
    ]
    for table, key, make, count in tables:
        client.create_table(TableName=table, **items.key_schema(key))
        puts = [
            {'PutRequest': {'Item': items.wire(make(number), contestant.datetime_format)}}
            for number in range(count)
        ]
        for start in range(0, count, cases.BATCH):
            reply = client.batch_write_item(RequestItems={table: puts[start : start + cases.BATCH]})
            assert not reply['UnprocessedItems']
