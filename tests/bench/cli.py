# SPDX-License-Identifier: GPL-2.0-or-later
"""What tdxupd costs, in proportion to programs that do comparable work, in the same run.

	cli.py OUT IMAGE

Each pair of commands takes turns; the cheapest run of each counts: processor time, of the program
and of the kernel for it, and memory. Where there is no driver, status says so: it has looked for it.
"""
import json
import os
import subprocess
import sys
import tempfile

TURNS = 40


def run(command):
    """Processor time of one run, without that of a fork of this process."""
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(3)]
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=null)
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 69):
        sys.exit(f'bench: {" ".join(command)} failed')
    return usage.ru_utime + usage.ru_stime


def memory(command):
    """KiB, as a small process sees it: what a child of this one has at first would count."""
    shown = subprocess.run(['time', '-q', '-f', '%M'] + command, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True)
    return int(shown.stderr.split()[-1])


def compare(ours, theirs):
    runs = [(run(ours), run(theirs)) for _ in range(TURNS)]
    return min(r[0] for r in runs) / min(r[1] for r in runs)


def main():
    image = sys.argv[2]
    with tempfile.NamedTemporaryFile('w', suffix='.json') as f:
        json.dump([{'key': f'{i:032}'} for i in range(110)], f)
        f.flush()
        parse = ['python3', '-c', f'import json; json.load(open("{f.name}"))']
        time = compare(['cli/tdxupd', 'status'], parse)
        room = memory(['cli/tdxupd', 'status']) / memory(parse)
    inspect = compare(['cli/tdxupd', 'inspect', image],
                      ['openssl', 'dgst', '-sha384', image])
    goals = [('time of status to that of a python3 that parses 5 KB', time, 1 / 20),
             ('memory of status to that', room, 1 / 5),
             ('time of inspect to that of openssl dgst -sha384', inspect, 1.5)]
    with open(sys.argv[1], 'w') as out:
        json.dump([{'goal': what, 'value': round(value, 3), 'limit': limit,
                    'met': value <= limit} for what, value, limit in goals], out)


main()
