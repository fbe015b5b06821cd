"""The chart of the documentation: how long each library takes, as a ratio to the boto3 client.

It needs matplotlib, and nothing but the results: ``python -m benchmarks --redraw FILE``.
"""

from benchmarks import cases
from benchmarks.contestants import LABELS, MODULES

#: Longer bars are cut off, and say how long they are.
LONGEST = 3.2

OURS = '#1f5f8b'
OTHERS = '#b4bec7'
TEXT = '#22292f'
MUTED = '#66727c'

#: Inches. The chart is as wide as a page of the documentation; its text can be read on a phone.
WIDTH = 7.2
ROW = 0.27
GAP = 0.62


def draw(results, path):
    """Draw the canned cases into a file, whose suffix says in which format."""
    import matplotlib as mpl

    mpl.use('Agg')
    from matplotlib import pyplot

    found = results['canned']
    sizes = cases.Sizes(**results['settings']['sizes'])
    rows = {
        case: [(name, result[name]) for name in MODULES if name in result and name != 'raw']
        for case, result in found.items()
    }
    heights = [len(names) * ROW for names in rows.values()]
    height = sum(heights) + GAP * len(rows) + 0.55
    settings = {
        'font.family': 'sans-serif',
        'font.size': 13,
        'svg.fonttype': 'none',
        'svg.hashsalt': 'dynamongo',
        'text.color': TEXT,
    }
    with mpl.rc_context(settings):
        figure = pyplot.figure(figsize=(WIDTH, height), facecolor='white')
        top = height - 0.35
        for (case, names), own in zip(rows.items(), heights):
            top -= GAP
            axes = figure.add_axes([0.215, (top - own) / height, 0.755, own / height])
            _panel(axes, cases.label(case, sizes), names)
            top -= own
        figure.text(
            0.025,
            1 - 0.26 / height,
            'Time as a ratio to the boto3 client, the line at 1. Shorter is faster.',
            color=MUTED,
        )
        figure.savefig(path, metadata=_metadata(path), dpi=110)
        pyplot.close(figure)


def _panel(axes, title, names):
    axes.set_title(title, loc='left', x=-0.25, fontsize=14, fontweight='bold', pad=6)
    for row, (name, result) in enumerate(names):
        ratio = result['ratios']['raw']['median']
        ours = name == 'dynamongo'
        axes.barh(row, min(ratio, LONGEST), height=0.72, color=OURS if ours else OTHERS)
        text = f'{ratio:.2f}' + (' \u2192' if ratio > LONGEST else '')
        axes.text(
            min(ratio, LONGEST) + 0.04,
            row,
            text,
            va='center_baseline',
            bbox={'facecolor': 'white', 'edgecolor': 'none', 'pad': 1.5},
            fontweight='bold' if ours else 'normal',
            color=OURS if ours else TEXT,
        )
    axes.axvline(1, color=TEXT, linewidth=1, linestyle=(0, (4, 3)), zorder=2)
    axes.set_xlim(0, LONGEST + 0.45)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.set_xticks([])
    axes.set_yticks(range(len(names)), [LABELS[name] for name, _ in names])
    axes.tick_params(axis='y', length=0, colors=TEXT)
    for label, (name, _) in zip(axes.get_yticklabels(), names):
        if name == 'dynamongo':
            label.set_fontweight('bold')
            label.set_color(OURS)
    for side in ('top', 'right', 'bottom'):
        axes.spines[side].set_visible(False)
    axes.spines['left'].set_color(MUTED)
    axes.set_facecolor('none')


def _metadata(path):
    return {'Date': None} if str(path).endswith('.svg') else None
