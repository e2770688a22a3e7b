#!/usr/bin/env -S tests/vm/skew.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A driver and a tool of neighbouring versions: what one tells and the other does not know is named and
# treated as unknown, and what is not told is not made up. skew.sh has what they differ by.
. /lib.sh

# neighbour NAME: a new machine with that driver
neighbour()
{
	rm -rf /var/lib/tdxupd
	platform_only
	insmod "/skew/$1.ko" signer="$(cat /images/signer)"
	echo refresh | nlraw | grep -qx ok
}

# newer VERDICT [OUTCOME]: what its own check says, and with which outcome an update ends
newer()
{
	[ "$(cat /sys/module/tdx_update/parameters/signer)" ]
	echo "$1" >/sys/module/tdx_update/parameters/verdict
	echo "${2:-0}" >/sys/module/tdx_update/parameters/outcome
}

attribute_is_named()
{
	neighbour newer
	exits 0 tdxupd status
	says 'Not shown .*status 16, which this tdxupd does not know; install that of the driver'
	says 'TDX module +1\.5\.24'
	exits 0 tdxupd status --json
	says '"not_shown": "status 16"'
}
check "an attribute of a newer driver is named" attribute_is_named

check_is_shown()
{
	newer 0
	exits 0 tdxupd apply /images/v2.blob --dry-run
	says 'pass.* newer +only a newer driver looks at this'
}
check "a check of a newer driver is shown by its name" check_is_shown

failure_counts()
{
	newer 1
	exits 1 tdxupd apply /images/v2.blob --dry-run
	says 'fail.* newer +only a newer driver looks at this'
	says 'check 5: the driver tells more of its checks than this tdxupd knows; install that of its version'
	says '^tdxupd: apply /images/v2.blob: only a newer driver looks at this; do what its manual says'
	exits 1 tdxupd apply /images/v2.blob --dry-run --json
	says '"name": "newer"'
	exits 0 tdxupd status
	says 'newer: only a newer driver looks at this'
	exits 1 tdxupd apply /images/v2.blob
	exits 0 tdxupd history
	says 'newer: only a newer driver looks at this'
	[ "$(platform version)" = 1.5.24 ]
}
check "its failure is an error, and nothing is done" failure_counts

verdict_is_unknown()
{
	newer 7
	exits 1 tdxupd apply /images/v2.blob --dry-run
	says 'unknown-7.* newer +only a newer driver looks at this'
	says '^tdxupd: apply /images/v2.blob: only a newer driver looks at this; do what its manual says'
}
check "a verdict that this tdxupd does not know is none that passes" verdict_is_unknown

phase_is_named()
{
	newer 0
	exits 0 tdxupd apply /images/v2.blob
	says '^  handoff '
	says '^  unknown-9 '
	exits 0 tdxupd status --json
	says '"phase": "unknown-9"'
	[ "$(platform version)" = 1.5.28 ]
}
check "a phase of a newer driver is named, and the update is a success" phase_is_named

outcome_is_no_success()
{
	newer 0 7
	exits 71 tdxupd apply /images/small-other.blob
	exits 0 tdxupd history
	says 'unknown-7 '
	exits 0 tdxupd status
	says 'unknown-7 at '
}
check "an outcome that this tdxupd does not know is no success, and is kept" outcome_is_no_success

silence_is_unknown()
{
	neighbour older
	exits 0 tdxupd status
	says 'Gate .*closed: unknown series 1\.5; use a newer tdx_update'
	exits 0 tdxupd status --json
	says '"verdict": "unknown-series"'
	says '"minimum": null'
}
check "a minimum that an older driver does not tell is not made up" silence_is_unknown

no_minimum_lists_nothing()
{
	mkdir -p /tmp/images
	cp /images/v2.blob /tmp/images/tdx_module_1.5.28.blob
	exits 0 tdxupd list /tmp/images
	says 'refused: the running module 1.5.24 is of a series that tdx_update does not know'
	exits 78 tdxupd apply --newest /tmp/images
}
check "an image that such a driver refuses is not listed as installable" no_minimum_lists_nothing

missing='the driver does not make these checks of this tdxupd: updates-left; install that of its version'

missing_check_is_named()
{
	exits 0 tdxupd status
	says "^Not checked +$missing"
	exits 0 tdxupd status --json
	says '"missing_checks": \['
	says '^ +"updates-left"$'
	exits 0 tdxupd apply /images/v2.blob --dry-run --quiet
	says "^tdxupd: apply /images/v2.blob: $missing"
	! says 'pass.* updates-left' || false
}
check "a check that an older driver does not make is named" missing_check_is_named

found_in_making()
{
	neighbour older
	echo Y >/sys/module/tdx_update/parameters/names_none
	exits 0 tdxupd status
	says '^Not checked +the driver is older than this tdxupd and does not tell which of its checks it makes'
	exits 0 tdxupd status --json
	says '"missing_checks": null'
	exits 0 tdxupd apply /images/v2.blob --dry-run --json
	says '^ +"updates-left"$'
}
check "one that names no checks is not taken to make all, and a dry run finds out" found_in_making

older_updates()
{
	exits 0 tdxupd apply /images/v2.blob
	says "^tdxupd: apply /images/v2.blob: $missing"
	[ "$(platform version)" = 1.5.28 ]
}
check "an older driver with a check less updates, and what it has not looked at is named" older_updates

older_tool()
{
	rm -rf /var/lib/tdxupd
	host
	exits 0 /skew/tdxupd status
	says 'Not shown .*status 13, which this tdxupd does not know'
	exits 0 /skew/tdxupd apply /images/v2.blob
	says '^  handoff '
	says '^  unknown-8 '
	exits 0 /skew/tdxupd status --json
	says '"not_shown": "status 13"'
	says '"phase": "unknown-8"'
}
check "an older tool names what this driver tells beyond it, and updates" older_tool
