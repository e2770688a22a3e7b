# SPDX-License-Identifier: GPL-2.0-or-later
"""How long an update waits on a host that builds TDs, and what it costs meanwhile.

	busy.py DIRECTORY

DIRECTORY/busy/new and old have what the plugin has counted of attempts in a row; busy-new and
busy-old are the programs that try how often there are attempts. An instruction is taken for a
nanosecond.
"""
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys

RUNS = 400
POLICIES = (('old', 'old', 0), ('new', 'new', 0), ('hold', 'new', 60000))
# What must hold of the new build, of the old one's.
FURTHER_GOAL, STOPPED_GOAL, MEDIAN_GOAL, HOLD_GOAL = 1 / 20, 1, 1 / 5, 1.0


def costs(path):
    """Instructions of attempts: of all CPUs, the client and the simulated firmware."""
    rows = [row for row in map(json.loads, path.open()) if 'window' in row]
    if len(rows) < 4:
        sys.exit(f'bench: {path} has only {len(rows)} attempts; give them more time in run.sh')
    whole = [row['outside'] + row['instructions'] for row in rows]
    return {'attempts': len(rows), 'first': whole[0], 'further': statistics.median(whole[1:]),
            'stopped': statistics.median(row['own'] for row in rows),
            'with_firmware': statistics.median(row['instructions'] for row in rows),
            'wbinvd': statistics.median(row['wbinvd'] for row in rows[1:])}


def simulate(out, build, cost, hold_ms):
    command = [out / f'busy-{build}', cost['first'], cost['further'], hold_ms, RUNS]
    shown = subprocess.run([str(int(c) if isinstance(c, float) else c) for c in command], text=True,
                           stdout=subprocess.PIPE, check=True,
                           env=os.environ | {'CK_FORK': 'no', 'CK_VERBOSITY': 'silent'})
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    for row in rows:
        row['stopped_us'] = row['mean_tries'] * cost['with_firmware'] / 1000
        row['wbinvd'] = row['mean_tries'] * cost['wbinvd']
    return rows


def judge(cost, waits):
    goals = []

    def goal(what, value, limit):
        goals.append({'goal': what, 'value': round(value, 4), 'limit': round(limit, 3),
                      'met': value <= limit})

    new, old = cost['new'], cost['old']
    goal('instructions of a further attempt, to the old', new['further'] / old['further'],
         FURTHER_GOAL)
    goal("own instructions while the machine stands still, to the old",
         new['stopped'] / old['stopped'], STOPPED_GOAL)
    goal('the same with the simulated firmware', new['with_firmware'] / old['with_firmware'],
         STOPPED_GOAL)
    for before, after, hold in zip(*(waits[name] for name, _, _ in POLICIES)):
        if before['load'] != 3:
            continue
        builds = f"3 builds of {before['length']:g} s under way"
        goal(f'median, {builds}, to the old', after['median'] / before['median'], MEDIAN_GOAL)
        goal(f'the same of who knows the future, {builds}', before['best'] / before['median'],
             MEDIAN_GOAL)
        goal(f'median with a hold, s beyond the longest build, {builds}', hold['beyond'], HOLD_GOAL)
    return goals


def table(report):
    lines = [f"{'build':>6} {'first attempt':>14} {'further':>12} {'stopped':>8} "
             f"{'and firmware':>12} {'WBINVD':>7}"]
    lines += [f"{name:>6} {c['first']:>14,.0f} {c['further']:>12,.0f} {c['stopped']:>8,.0f} "
              f"{c['with_firmware']:>12,.0f} {c['wbinvd']:>7.0f}"
              for name, c in report['cost'].items()]
    lines += ['', f"{'load':>5} {'build':>6} {'':>6} {'median':>9} {'95 %':>9} {'attempts':>9} "
                  f"{'stopped':>10} {'WBINVD':>7}"]
    for rows in zip(*report['waits'].values()):
        best = rows[0]
        lines.append(f"{best['load']:>5} {best['length']:>4g} s {'best':>6} {best['best']:>7.1f} s")
        lines += [f"{row['load']:>5} {row['length']:>4g} s {name:>6} {row['median']:>7.1f} s "
                  f"{row['p95']:>7.1f} s {row['mean_tries']:>9.1f} {row['stopped_us']:>7.0f} us "
                  f"{row['wbinvd']:>7.0f}"
                  for name, row in zip(report['waits'], rows)]
    lines += ['', 'Goals:']
    lines += [f"{'met' if g['met'] else 'MISSED':>7} {g['value']:>9} <= {g['limit']:<6} {g['goal']}"
              for g in report['goals']]
    return '\n'.join(lines) + '\n'


def plot(out, waits):
    lengths = sorted({row['length'] for row in waits['old']})
    blocks, plots = [], []
    for length in lengths:
        for name in waits:
            rows = [row for row in waits[name] if row['length'] == length]
            blocks.append('\n'.join(f"{row['load']} {max(row['median'], 0.1)} "
                                    f"{max(row['p95'], 0.1)}" for row in rows))
    for i in range(len(lengths)):
        plots.append(f'set title "builds of {lengths[i]:g} s"\nplot ' + ', '.join(
            f'$d index {len(waits) * i + j} using 1:2 with linespoints lt {j + 1} '
            f'title "{name}, median", $d index {len(waits) * i + j} using 1:3 with lines '
            f'lt {j + 1} dashtype 2 title "{name}, 95 %"' for j, name in enumerate(waits)))
    data = '\n\n\n'.join(blocks)
    script = f'''set terminal pngcairo size 1000,480 noenhanced
set output "{out}/busy.png"
set multiplot layout 1,2
set key top left
set logscale y
set xlabel "builds under way on average"
set ylabel "seconds to success"
$d << EOD
{data}
EOD
''' + '\n'.join(plots) + '\n'
    subprocess.run(['gnuplot'], input=script, text=True, check=True)


def main():
    out = pathlib.Path(sys.argv[1])
    cost = {build: costs(out / 'busy' / build / 'measured') for build in ('old', 'new')}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = {name: pool.submit(simulate, out, build, cost[build], hold)
                for name, build, hold in POLICIES}
        waits = {name: run.result() for name, run in runs.items()}
    report = {'unit': 'instructions; seconds', 'runs': RUNS, 'cost': cost, 'waits': waits,
              'goals': judge(cost, waits)}
    (out / 'busy.json').write_text(json.dumps(report, indent='\t') + '\n')
    (out / 'busy.txt').write_text(table(report))
    plot(out, waits)
    print(table(report), end='')
    print(f'In {out}: busy.txt, busy.json, busy.png')


main()
