# SPDX-License-Identifier: GPL-2.0-or-later
"""What tdxupd costs, in proportion to programs that do comparable work, in the same run.

	cli.py OUT IMAGE DIRECTORY TAP

Each pair of commands takes turns; the cheapest run of each counts: processor time, of the program
and of the kernel for it. Memory depends on where the kernel maps the libraries: there the median
counts. Where there is no driver, status says so: it has looked for it. With one, and with a kept
image, VMs have measured it: TAP is what one of them has said. No P-SEAMLDR knows the key
of the images, so that inspect ends with a refusal, after all other checks. DIRECTORY has 20 other
images, of which list checks all but what depends on the host.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

TURNS = 40
# The distribution's. One that is built at home may be slow and large, or a script that looks for it.
PYTHON = '/usr/bin/python3'


def run(command):
    """Processor time of one run, without that of a fork of this process."""
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in range(3)]
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=null)
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 65, 69):
        sys.exit(f'bench: {" ".join(command)} failed')
    return usage.ru_utime + usage.ru_stime


def peak(command):
    """KiB, as a small process sees it: what a child of this one has at first would count."""
    shown = subprocess.run(['time', '-q', '-f', '%M'] + command, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True)
    return int(shown.stderr.split()[-1])


def memory(command):
    return statistics.median(peak(command) for _ in range(TURNS))


def compare(ours, theirs):
    runs = [(run(ours), run(theirs)) for _ in range(TURNS)]
    return min(r[0] for r in runs) / min(r[1] for r in runs)


def publish(directory):
    """Make a publisher's directory of the images that are there, and see that list takes them all."""
    names = sorted(path.stem for path in directory.glob('*.blob'))
    releases = [{'version': name, 'min_module_version_for_td_preserving': '1.5.01',
                 'min_seamldr_versions': ['1.5.00', '2.0.00']} for name in names]
    (directory / 'mapping_file.json').write_text(json.dumps({'tdx_module_releases': releases}))
    shown = subprocess.run(['cli/tdxupd', 'list', directory, '--json'], stdout=subprocess.PIPE)
    images = json.loads(shown.stdout)['images']
    if len(images) != 20 or any(image['verdict'] == 'refused' for image in images):
        sys.exit(f'bench: {directory} is not 20 different images that are in order')


def told(tap):
    """Peaks of status in a VM, which busybox took for pages: KiB."""
    peaks = [int(line.split()[-1]) / 4 for line in open(tap) if line.startswith('# status: ')]
    if len(peaks) < TURNS:
        sys.exit(f'bench: {tap} does not say what status takes; see memory.vm')
    return statistics.median(peaks)


def status_goals(tap):
    with tempfile.NamedTemporaryFile('w', suffix='.json') as f:
        json.dump([{'key': f'{i:032}'} for i in range(110)], f)
        f.flush()
        parse = [PYTHON, '-c', f'import json; json.load(open("{f.name}"))']
        memory_of_theirs = memory(parse)
        return [('time of status to that of a python3 that parses 5 KB',
                 compare(['cli/tdxupd', 'status'], parse), 1 / 20),
                ('memory of status to that',
                 memory(['cli/tdxupd', 'status']) / memory_of_theirs, 1 / 5),
                ('memory of status with a driver and a kept image of 600 KB to that',
                 told(tap) / memory_of_theirs, 1 / 5)]


def see_checked(image):
    """Of a damaged image less would be checked, in less time."""
    shown = subprocess.run(['cli/tdxupd', 'inspect', image, '--json'], stdout=subprocess.PIPE)
    failed = {check['name'] for check in json.loads(shown.stdout)['checks']
              if check['verdict'] == 'fail'}
    if not failed <= {'signer'}:
        sys.exit(f'bench: {image} is not in order: {", ".join(sorted(failed))}')


def image_goals(image, directory):
    see_checked(image)
    digest = ['openssl', 'dgst', '-sha384', image]
    publish(pathlib.Path(directory))
    return [('time of inspect to that of openssl dgst -sha384',
             compare(['cli/tdxupd', 'inspect', image], digest), 1.5),
            ('time of list of 20 images to that of openssl dgst -sha384 of one',
             compare(['cli/tdxupd', 'list', directory], digest), 25)]


def main():
    goals = status_goals(sys.argv[4]) + image_goals(*sys.argv[2:4])
    with open(sys.argv[1], 'w') as out:
        json.dump([{'goal': what, 'value': round(value, 3), 'limit': limit,
                    'met': value <= limit} for what, value, limit in goals], out)


main()
