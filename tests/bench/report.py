# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns what the plugin has counted into a table, a JSON file and two plots.

	report.py DIRECTORY UPDATES CPUS...

DIRECTORY/CPUS/measured has a line for each window and span. The first two windows of a kind warm
up; of the others the median counts. DIRECTORY/many is of so many updates in a row.
"""
import json
import pathlib
import statistics
import subprocess
import sys

import many
import memory

WARM_UP = 2
TRANSFER_COSTS = ('100', '200', '400')
SLOPE_GOAL, PARALLEL_GOAL, CHECKS_GOAL, MEMORY_GOAL = 150, 0.4, 1.2, 64 << 10
# With 1,024 possible CPUs; and between two attempts, when the image stays.
POSSIBLE = 'possible'
POSSIBLE_GOAL, KEPT_GOAL = 128 << 10, 32 << 10
# Of the last 100 updates to the first; and bytes lost in each: the smallest object has 8. Looks at
# memory differ by up to 100 KiB, so that fewer updates only show that none loses a page.
GROWTH_GOAL, LOST_GOAL, LOST_GOAL_FEW, FEW = 1.005, 8, 4096, 5000


def read(path):
    rows = [json.loads(line) for line in path.open()]
    windows = {}
    for row in rows:
        if 'window' in row:
            windows.setdefault(row['window'], []).append(row)
    spans = {row['span']: row['instructions'] for row in rows if 'span' in row}
    return {kind: found[WARM_UP:] for kind, found in windows.items()}, spans


def median(windows, value):
    return statistics.median(value(w) for w in windows)


def see_calls(cpus, windows):
    """The names of the calls are worth something only if each CPU is seen to make its own."""
    for leaf in ('tdh_sys_rd', 'seamldr_install', 'tdh_sys_lp_init'):
        for w in windows:
            if {call[0] for call in w['calls'] if call[1] == f'tdxu_{leaf}'} != set(range(cpus)):
                sys.exit(f'bench: with {cpus} CPUs not each was seen to call {leaf}; '
                         'see inline_leaves in guest.c')


def cheapest_calls(windows):
    """What each SEAMCALL costs at the least, interrupts being off."""
    costs = {}
    for w in windows:
        for cpu, leaf, begin, end, cost in w['calls']:
            costs.setdefault(leaf, []).append(cost)
    return {leaf: min(found) for leaf, found in costs.items()}


def summarise(windows):
    result = {}
    for kind, found in windows.items():
        result[kind] = {
            'rounds': len(found),
            'instructions': median(found, lambda w: w['instructions']),
            'own': median(found, lambda w: w['own']),
            'locked': median(found, lambda w: w['locked']),
            'parallel': {m: median(found, lambda w: w['parallel'][m]) for m in TRANSFER_COSTS},
            'seamcalls': cheapest_calls(found),
            'functions': found[-1]['functions'],
        }
    return result


def slope(sizes, kind, value):
    """Instructions for each further CPU, net of the empty window, from the smallest to the largest."""
    low, high = min(sizes), max(sizes)
    if low == high:
        return None
    net = {n: value(sizes[n][kind]) - value(sizes[n]['empty']) for n in (low, high)}
    return (net[high] - net[low]) / (high - low)


def by_function(sizes):
    low, high = min(sizes), max(sizes)
    first, last = (sizes[n]['update']['functions'] for n in (low, high))
    rows = {f: (last.get(f, 0) - first.get(f, 0)) / max(high - low, 1) for f in last | first}
    return [(f, first.get(f, 0), rows[f]) for f in sorted(rows, key=lambda f: -rows[f])]


def judge(report):
    sizes, goals = report['sizes'], []

    def goal(what, value, limit):
        goals.append({'goal': what, 'value': round(value, 3), 'limit': limit,
                      'met': value <= limit})

    if report['slope']['update'] is not None:
        goal('instructions per CPU, net of the empty window and the firmware',
             report['slope']['update'], SLOPE_GOAL)
    for n, size in sizes.items():
        goal(f'locked operations, {n} CPUs', size['update']['locked'], 4 * n + 1)
        if n >= 16:
            for m in TRANSFER_COSTS:
                goal(f"parallel time to mainline's, {n} CPUs, M = {m}",
                     size['update']['parallel'][m] / size['mainline']['parallel'][m],
                     PARALLEL_GOAL)
    count, last = report['updates'], f"the last 100 of {report['updates']} updates to the first"
    goal(f'window, {last}', report['many']['window']['ratio'], GROWTH_GOAL)
    goal(f'outside of it, {last}', report['many']['outside']['ratio'], GROWTH_GOAL)
    for kind, value in report['many']['lost'].items():
        goal(f'bytes lost in each of {count} updates, {kind}', value,
             LOST_GOAL if count >= FEW else LOST_GOAL_FEW)
    goal('checks of the large image to SHA-384 and RSA alone', report['checks'], CHECKS_GOAL)
    for n, parts in report['memory'].items():
        most = max(part['peak'] for part in parts.values())
        if most < report['image']:
            sys.exit(f'bench: {n}/trace does not even have the image; see memory.vm')
        left = {name: sum(size for _, size in part['left']) for name, part in parts.items()}
        kept = left.pop('busy')
        if kept < report['image']:
            sys.exit(f'bench: {n}/trace has no image that stays after a busy attempt; see memory.vm')
        goal(f'bytes held at most, beyond the image of 600 KB, {n} CPUs',
             most - report['image'], POSSIBLE_GOAL if n == POSSIBLE else MEMORY_GOAL)
        goal(f'bytes held between attempts, beyond the image, {n} CPUs', kept - report['image'],
             KEPT_GOAL)
        goal(f'bytes held afterwards, {n} CPUs', sum(left.values()), 0)
    return goals


def table(report):
    lines = [f"{'CPUs':>4} {'update':>10} {'own instr.':>10} {'locked':>7}"
             + ''.join(f"{'M=' + m:>9}" for m in TRANSFER_COSTS)]
    for n, size in report['sizes'].items():
        for kind in ('empty', 'mainline', 'update'):
            s = size[kind]
            lines.append(f"{n:>4} {kind:>10} {s['own']:>10.0f} {s['locked']:>7.0f}"
                         + ''.join(f"{s['parallel'][m]:>9.0f}" for m in TRANSFER_COSTS))
    lines += ['', 'Instructions of the update by function, for one CPU and for each further one:']
    lines += [f'{f:>32} {first:>6} {each:>7.1f}' for f, first, each in report['by_function']]
    lines += ['', f"{report['updates']} updates in a row: the first 100, and the last"]
    lines += many.table(report['many'])
    lines += ['', 'Goals:']
    lines += [f"{'met' if g['met'] else 'MISSED':>7} {g['value']:>9} <= {g['limit']:<6} {g['goal']}"
              for g in report['goals']]
    return '\n'.join(lines) + '\n'


def gnuplot(script):
    subprocess.run(['gnuplot'], input=script, text=True, check=True)


def plot_window(out, sizes):
    data = '\n'.join(' '.join(str(v) for v in (
        n, s['mainline']['own'] - s['empty']['own'], s['update']['own'] - s['empty']['own'],
        s['mainline']['parallel']['200'], s['update']['parallel']['200']))
        for n, s in sizes.items())
    gnuplot(f'''set terminal pngcairo size 1000,480 noenhanced
set output "{out}/window.png"
set multiplot layout 1,2
set key top left
set logscale x 2
set xlabel "CPUs"
$d << EOD
{data}
EOD
set title "instructions of all CPUs, without the firmware's"
plot $d using 1:2 with linespoints title "Linux 7.3", $d using 1:3 with linespoints title "tdx_update"
set title "modelled parallel time, M = 200 units"
plot $d using 1:4 with linespoints title "Linux 7.3", $d using 1:5 with linespoints title "tdx_update"
''')


def plot_timeline(out, window):
    """Bars from the begin to the end of each SEAMCALL; in between a CPU waits or does its own part."""
    leaves = sorted({call[1] for call in window['calls']})
    bars = {leaf: [c for c in window['calls'] if c[1] == leaf] for leaf in leaves}
    blocks = '\n\n\n'.join('\n'.join(f'{b} {cpu} {b} {e} {cpu - 0.4} {cpu + 0.4}'
                                     for cpu, _, b, e, _ in bars[leaf]) for leaf in leaves)
    plots = ', '.join(f'$d index {i} using 1:2:3:4:5:6 with boxxyerror fill solid '
                      f'title "{leaf.removeprefix("tdxu_")}"' for i, leaf in enumerate(leaves))
    gnuplot(f'''set terminal pngcairo size 1000,480 noenhanced
set output "{out}/timeline.png"
set key outside right
set logscale x
set xlabel "instructions executed by the machine since the window began (one CPU at a time)"
set ylabel "CPU"
set xrange [10:]
set title "one update, {window['cpus']} CPUs: who is in which SEAMCALL"
$d << EOD
{blocks}
EOD
plot {plots}
''')


def main():
    out = pathlib.Path(sys.argv[1])
    measured = {int(n): read(out / n / 'measured') for n in sorted(sys.argv[3:], key=int)}
    for n, (windows, _) in measured.items():
        see_calls(n, windows['update'])
    sizes = {n: summarise(windows) for n, (windows, _) in measured.items()}
    spans = measured[min(measured)][1]
    for span in {'checks', 'crypto'} - spans.keys():
        sys.exit(f'bench: no call of what "{span}" stands for was seen; see roles in guest.c')
    if spans['checks'] < spans['crypto']:
        sys.exit('bench: checks that cost less than the hash and the signature alone were not all made')
    report = {
        'unit': 'instructions, and units of the model; no times',
        'sizes': sizes,
        'slope': {kind: slope(sizes, kind, lambda s: s['own']) for kind in ('update', 'mainline')},
        'checks': spans['checks'] / spans['crypto'],
        'spans': spans,
        'image': (out / 'large.blob').stat().st_size,
        'memory': {n: memory.account(out / str(n) / 'trace') for n in (*sizes, POSSIBLE)},
        'by_function': by_function(sizes),
        'updates': int(sys.argv[2]),
        'many': many.account(out / 'many'),
    }
    report['goals'] = judge(report)
    for others in ('cli.json', 'pause.json'):
        if (out / others).exists():
            report['goals'] += json.loads((out / others).read_text())
    (out / 'bench.json').write_text(json.dumps(report, indent='\t') + '\n')
    (out / 'table.txt').write_text(table(report))
    plot_window(out, sizes)
    several = [n for n in sizes if 1 < n <= 16] or list(sizes)
    plot_timeline(out, measured[max(several)][0]['update'][-1])
    print(table(report), end='')
    print(f'In {out}: table.txt, bench.json, window.png, timeline.png')


main()
