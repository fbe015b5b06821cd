"""The tables that are printed, and those of the documentation, both from the results alone."""

from benchmarks import cases, goals
from benchmarks.canned_cases import COMPARED
from benchmarks.contestants import LABELS, MODULES


def tables(results):
    """Yield the title, the heads and the rows of each table.

    :param dict results: as they are in the JSON file.
    """
    sizes = cases.Sizes(**results['settings']['sizes'])
    if 'canned' in results:
        yield times('Canned replies: median time', results['canned'], sizes)
        yield ratios('Canned replies: ratio to the boto3 client', results['canned'], sizes)
        yield compared('Canned replies: dynamongo', results['canned'], sizes, goals.RATIOS)
    if 'local' in results:
        title = f'DynamoDB Local {results["local"]["version"]}, over HTTP'
        found = results['local']['cases']
        yield times(f'{title}: median time', found, sizes)
        yield ratios(f'{title}: ratio to the boto3 client', found, sizes)
        yield compared(f'{title}: dynamongo', found, sizes, goals.LOCAL_RATIOS)
        if results['local']['parallel']:
            yield parallel(title, results['local']['parallel'], sizes)
    if 'import' in results:
        yield imports(results['import'])
    if 'memory' in results:
        yield memory(results['memory'])
    if 'growth' in results:
        yield growth(results['growth'])
    if 'threads' in results:
        yield threads(results['threads'])


def times(title, found, sizes):
    names = contestants_of(found)
    rows = [
        [cases.label(case, sizes)]
        + [seconds(result[name]['median']) if name in result else '-' for name in names]
        for case, result in found.items()
    ]
    return title, ['', *(LABELS[name] for name in names)], rows


def ratios(title, found, sizes):
    names = [name for name in contestants_of(found) if name != 'raw']
    rows = []
    for case, result in found.items():
        if 'raw' in result:
            row = [number(result[name]['ratios']['raw']['median']) for name in names]
            rows.append([cases.label(case, sizes), *row])
    return title, ['', *(LABELS[name] for name in names)], rows


def compared(title, found, sizes, wanted):
    """dynamongo's ratios, with the middle half of the rounds, and its goals."""
    rows = []
    for case, result in found.items():
        own = result.get('dynamongo', {}).get('ratios', {})
        for other in COMPARED:
            if other in own:
                ratio = own[other]
                goal = wanted.get(case, {}).get(other)
                spread = ' to '.join(number(value) for value in ratio['quartiles'])
                rows.append(
                    [
                        cases.label(case, sizes),
                        LABELS[other],
                        number(ratio['median']),
                        spread,
                        '' if goal is None else goals.verdict(ratio['median'], goal),
                    ]
                )
    return title, ['', 'to', 'ratio', 'half of rounds', 'goal'], rows


def parallel(title, found, sizes):
    rows = []
    for case, result in found.items():
        more = max(result, key=int)
        rows.append(
            [
                case.replace(' in parallel', ''),
                seconds(result['1']['median']),
                seconds(result[more]['median']),
                number(result[more]['ratios']['1']['median']),
            ]
        )
    heads = ['', '1 worker', f'{more} workers', 'ratio']
    return f'{title}: dynamongo in parallel', heads, rows


def imports(found):
    rows = []
    for name, result in found.items():
        ratio = result.get('ratio', {}).get('median')
        rows.append(
            [
                name,
                seconds(result['median']),
                seconds(result['net']['median']) if 'net' in result else '',
                seconds(result['net']['min']) if 'net' in result else '',
                '' if ratio is None else number(ratio),
                goals.verdict(ratio, goals.IMPORT_RATIO) if name == 'dynamongo' and ratio else '',
            ]
        )
    return 'Import', ['', 'time', 'less Python', 'at best', 'to boto3', 'goal'], rows


def memory(found):
    rows = []
    for name, result in found['contestants'].items():
        each = result['traced'] / found['count']
        resident = result['resident']
        rows.append(
            [
                LABELS[name],
                f'{result["traced"] / 1e6:.1f} MB',
                '-' if resident is None else f'{resident / 1e6:.1f} MB',
                f'{each:.0f}',
                goals.verdict(each, goals.BYTES_OF_INSTANCE) if name == 'dynamongo' else '',
            ]
        )
    heads = ['', 'objects', 'process grew by', 'bytes of one', 'goal']
    return f'Memory of {found["count"]:,} instances', heads, rows


def growth(found):
    counts = list(next(iter(found.values())))
    rows = [
        [LABELS[name], *(seconds(result[count]['median']) for count in counts)]
        for name, result in found.items()
    ]
    heads = ['', *(f'{int(count):,}' for count in counts)]
    return 'Scan: time of one item in a table of', heads, rows


def threads(found):
    rows = []
    for name, result in found.items():
        for count, one in result.items():
            rows.append(
                [
                    LABELS[name],
                    count,
                    f'{one["requests"]:,}',
                    f'{one["per_second"]:,.0f}',
                    f'{one["wrong"]}',
                    goals.verdict(one['wrong'], goals.WRONG_ANSWERS) if name == 'dynamongo' else '',
                ]
            )
    heads = ['', 'threads', 'gets', 'per second', 'wrong answers', 'goal']
    return 'Threads, forced to switch', heads, rows


def contestants_of(found):
    return [name for name in MODULES if any(name in result for result in found.values())]


def seconds(value):
    """Return a time in the unit that suits it, with three digits."""
    for unit, size in (('s', 1), ('ms', 1e-3), ('µs', 1e-6)):
        if value >= size or unit == 'µs':
            scaled = value / size
            digits = 2 if scaled < 10 else 1 if scaled < 100 else 0
            return f'{scaled:.{digits}f} {unit}'
    raise AssertionError


def number(value):
    return f'{value:.2f}'


def as_text(results):
    """Return all tables as plain text."""
    return '\n\n'.join(
        f'{title}\n{"-" * len(title)}\n{aligned(heads, rows)}'
        for title, heads, rows in tables(results)
    )


def aligned(heads, rows):
    lines = [heads, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return '\n'.join(
        '  '.join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    )


def made_with(results):
    """Return a sentence about the environment."""
    environment = results['environment']
    versions = environment['versions']
    titles = {'pynamodb': 'PynamoDB', 'pydantic': 'pydantic', 'dynamongo': 'dynamongo'}
    libraries = ', '.join(
        f'{titles.get(name, name)} {version}' for name, version in versions.items() if version
    )
    return (
        f'{environment["date"]}; {environment["python"]} on {environment["system"]}, '
        f'{environment["cpu"]}, {environment["cores"]} cores; {libraries}.'
    )


def as_rst(results):
    """Return the tables for the documentation, to be included there."""
    parts = [
        f'.. Made by "python -m benchmarks --docs". Not to be edited.\n\nMeasured on '
        f'{made_with(results)}\n'
    ]
    for title, heads, rows in tables(results):
        lines = [
            f'.. list-table:: {title}',
            '    :header-rows: 1',
            '    :stub-columns: 1',
            '',
        ]
        for row in (heads, *rows):
            for column, cell in enumerate(row):
                lines.append(f'    {"  " if column else "* "}- {cell}'.rstrip())
        parts.append('\n'.join(lines) + '\n')
    return '\n'.join(parts)
