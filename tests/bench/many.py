# SPDX-License-Identifier: GPL-2.0-or-later
"""What the first and the last of many updates in one boot have cost, and what memory is lost.

A directory of a run of many.vm has measured, by the plugin, both ends, and tap, what memory is in use
after so many updates.
"""
import itertools
import json
import statistics

WARM_UP = 2


def looks_at_memory(path):
    """KiB in use; the medians of several looks after as many updates."""
    looks = {}
    for line in path.open():
        if line.startswith('# memory '):
            look = {key: int(value) for key, value in (w.split('=') for w in line.split()[2:])}
            looks.setdefault(look['updates'], []).append(look)
    return [{key: statistics.median(look[key] for look in looks[updates])
             for key in looks[updates][0]} for updates in sorted(looks)]


def lost_each(looks, key):
    """Bytes in each update, by the median of the slopes between any two looks."""
    return statistics.median(1024 * (b[key] - a[key]) / (b['updates'] - a['updates'])
                             for a, b in itertools.combinations(looks, 2))


def ends(windows, key):
    middle = len(windows) // 2
    first, last = (statistics.median(w[key] for w in part[WARM_UP:])
                   for part in (windows[:middle], windows[middle:]))
    return {'first': first, 'last': last, 'ratio': last / first}


def account(directory):
    rows = [json.loads(line) for line in (directory / 'measured').open()]
    windows = [row for row in rows if 'window' in row]
    looks = looks_at_memory(directory / 'tap')
    return {
        'cpus': windows[0]['cpus'],
        'window': ends(windows, 'own'),
        'outside': ends(windows, 'outside'),
        'memory': looks,
        'lost': {key: lost_each(looks, key) for key in ('pages', 'objects')},
    }


def table(many):
    looks = many['memory'][0], many['memory'][-1]
    lines = [f"{what:>32} {many[what]['first']:>10.0f} {many[what]['last']:>10.0f}"
             for what in ('window', 'outside')]
    lines += [f"{key + ', KiB':>32} {looks[0][key]:>10} {looks[1][key]:>10}"
              for key in ('pages', 'objects', 'vmalloc')]
    return lines
