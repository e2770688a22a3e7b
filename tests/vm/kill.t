#!/usr/bin/env -S tests/vm/run.sh -c 2 -t 600
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kill -9 of tdxupd at 72 moments of an apply, one after the other: before each of the first 72
# times that it sends or receives, syncs, moves or removes a file. The next run completes
# the history and the kept image, the next apply works, and the status tells what came of the last.
. /lib.sh

idle()
{
	echo show | nlraw | grep '^status state=0 ' >/tmp/status
}

# complete UPDATES IMAGE: the history has so many lines, whichever program was killed; if it was IMAGE that was
# installed, that is what is kept; and nothing half-done is left.
complete()
{
	exits 0 tdxupd history
	[ "$(wc -l </var/lib/tdxupd/history.jsonl)" = "$1" ]
	tail -n 1 /var/lib/tdxupd/history.jsonl
	if [ "$(tail -n 1 /tmp/kinds)" = updated ]; then
		cmp "$2" /var/lib/tdxupd/*.blob
	fi
	[ "$(ls /var/lib/tdxupd/*.blob | wc -l)" -le 1 ]
	! ls /var/lib/tdxupd | grep -v '^[0-9a-f]*\.blob$' | grep -v '^history.jsonl$' || false
}

# killed_at MOMENT: what was begun is finished; what was not has left nothing behind.
killed_at()
{
	tell reset
	tell td run 2
	tell log clear
	echo show | nlraw | grep '^status' >/tmp/before
	exits 137 env KILL_AT="$1" LD_PRELOAD=/lib/kill_at.so tdxupd apply /images/small-target.blob \
		--fallback /images/small-other.blob
	wait_for idle
	cat /tmp/before /tmp/status
	was=$(sed 's/.* id=\([0-9]*\).*/\1/' /tmp/before)
	is=$(sed 's/.* id=\([0-9]*\).*/\1/' /tmp/status)
	if [ "$is" = "$was" ]; then
		[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
		echo not-begun >>/tmp/kinds
	else
		grep -q ' major=1 minor=5 update=28 outcome=1 ' /tmp/status
		[ "$(calls TDH.SYS.SHUTDOWN)" = 1 ]
		echo updated >>/tmp/kinds
	fi
	complete "$is" /images/small-target.blob
	exits 0 tdxupd apply /images/small-same.blob --quiet
	complete $((is + 1)) /images/small-same.blob
	[ "$(platform version)" = 1.5.27 ]
	tds running=2 dead=0 corrupted=0
}

host
mkdir -p /var/lib/tdxupd
: >/var/lib/tdxupd/history.jsonl
while read -r moment; do
	[ $((moment % every)) = 0 ] || continue
	check "killed at moment $moment: the next apply works" killed_at "$moment"
done </scenarios/kill.rows

# Else the moments would not have been all kinds of moments.
both_kinds()
{
	sort /tmp/kinds | uniq -c
	[ "$(grep -c not-begun /tmp/kinds)" -ge $((9 / every + 1)) ]
	[ "$(grep -c updated /tmp/kinds)" -ge $((2 / every + 1)) ]
}
check "some of the moments were before the update was begun, some after" both_kinds
