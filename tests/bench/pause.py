# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of the pause is not the firmware's, by the virtual time of an emulator that counts.

	pause.py DIRECTORY LATENCIES

DIRECTORY is of a run of window.vm with these latencies: updates in turns without and with them. An
instruction is a nanosecond, of whatever CPU; one CPU is executed at a time.
"""
import json
import pathlib
import sys

SHARE_GOAL = 0.02


def configured(latencies, cpus):
    """What the firmware takes of an update, in ns: LP.INIT is made on all CPUs at once."""
    us = {leaf: int(value) for leaf, value in (l.split('=') for l in latencies.split(','))}
    installs = (cpus - 1) * us.pop('SEAMLDR.INSTALL')
    return 1000 * (installs + sum(us.values()))


def in_firmware(window):
    """For how long any CPU was in a SEAMCALL."""
    total = until = 0
    for begin, end in sorted((call[2], call[3]) for call in window['calls']):
        total += max(0, end - max(begin, until))
        until = max(until, end)
    return total


def whole(timeline):
    """From before the machine is stopped, as the driver has it."""
    ends = {phase['phase']: phase for phase in timeline}
    return ends['handoff']['end_ns'] - ends['recheck']['start_ns']


def weigh(fast, slow, timeline, latencies):
    """
    The simulator's own work is what it does where latencies are zero. No CPU being in a SEAMCALL is
    the software's time; so is what they take beyond the latencies and that work, one after another
    where it could be at once, say.
    """
    firmware = configured(latencies, slow['cpus'])
    not_software = min(in_firmware(slow), firmware + fast['firmware'])
    pause = whole(timeline)
    of = pause - fast['firmware']
    return {'configured': firmware, 'simulator': fast['firmware'], 'pause': pause,
            'share': (pause - not_software) / of,
            'share in the window': (slow['instructions'] - not_software) / of}


def main():
    out = pathlib.Path(sys.argv[1])
    rows = [json.loads(line) for line in (out / 'measured').open()]
    windows = [row for row in rows if row.get('window') == 'update']
    timelines = [json.loads(line) for line in (out / 'trace').open()]
    turns = zip(windows[::2], windows[1::2], timelines[1::2], strict=True)
    found = [weigh(fast, slow, timeline, sys.argv[2]) for fast, slow, timeline in turns]
    worst = max(found, key=lambda f: f['share'])
    cpus = windows[0]['cpus']
    print(f"with {cpus} CPUs {worst['share']:.2%} of the pause is not the firmware's, "
          f"{worst['share in the window']:.2%} without the way into stop_machine()")
    goal = {'goal': f"share of the pause that is not the firmware's, {cpus} CPUs",
            'value': round(worst['share'], 4), 'limit': SHARE_GOAL,
            'met': worst['share'] <= SHARE_GOAL, 'updates': found}
    (out.parent / 'pause.json').write_text(json.dumps([goal], indent='\t') + '\n')


main()
