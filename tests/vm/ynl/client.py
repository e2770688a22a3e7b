#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Talks to the driver by the kernel's generic netlink client, which knows of it nothing but the
specification. Reads lines "COMMAND [JSON]" and sends all through one socket; prints the replies,
and what is wrong with a request, as JSON. "subscribe GROUP" and "events", which waits for a result,
are not commands of the driver's. The data of an image is given as the name of a file.
"""
import json
import pathlib
import sys

sys.path.insert(0, '/usr/share/pyynl')
# pylint: disable=wrong-import-position
from lib import NlError, YnlFamily


def tell(what):
    print(json.dumps(what), flush=True)


def events(family):
    """Up to the next result."""
    for event in family.poll_ntf():
        tell(event)
        if event['name'] == 'result-ntf':
            return


def execute(family, command, text):
    if command == 'subscribe':
        family.ntf_subscribe(text)
        return
    if command == 'events':
        events(family)
        return
    attributes = json.loads(text or '{}')
    if 'data' in attributes:
        attributes['data'] = pathlib.Path(attributes['data']).read_bytes()
    tell(family.do(command, attributes))


def main():
    family = YnlFamily('/usr/share/ynl/tdx_update.yaml', schema='')
    for line in sys.stdin:
        command, _, text = line.strip().partition(' ')
        try:
            execute(family, command, text)
        except NlError as error:
            tell({'error': error.error, 'message': str(error)})


main()
