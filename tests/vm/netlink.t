#!/usr/bin/env -S tests/vm/run.sh -c 2 -t 7200
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Random and damaged netlink messages, from several clients at once, root and not, while TDs run and
# updates succeed: no refusal without a sentence, no warning, no TD lost. How many is said on the
# kernel command line, arguments='messages=1000000 seed=7' for run.sh.
. /lib.sh

each=$((${messages:-5000} / 5))
images='/images/small-target.blob /images/small-same.blob'

# client NUMBER COMMAND...: in the background; its report goes to /tmp/report.NUMBER.
clients=
client()
{
	number=$1
	shift
	"$@" >"/tmp/report.$number" 2>&1 &
	clients="$clients $!"
}

flood()
{
	for n in 1 2 3; do
		client $n nlfuzz $((${seed:-1} * 10 + n)) $each $images
	done
	for n in 4 5; do
		client $n as_nobody "nlfuzz $((${seed:-1} * 10 + n)) $each $images"
	done
	code=0
	for process in $clients; do
		wait $process || code=$?
	done
	head -n 20 /tmp/report.*
	[ $code = 0 ]
}

# sum KEY NUMBER...: of these clients' reports.
sum()
{
	key=$1
	shift
	for n; do
		sed -n "s/^$key \([0-9]*\)$/\1/p" "/tmp/report.$n"
	done | awk '{ all += $1 } END { print all + 0 }'
}

# That what was sent got anywhere.
all_was_tried()
{
	[ "$(sum ok 1 2 3)" -gt $((each / 2)) ]
	[ "$(sum updates 1 2 3)" -ge 1 ]
	[ "$(sum sentences 1)" -ge 12 ]
	for errno in EINVAL EBUSY EPERM ENOENT ERANGE EFBIG; do
		[ "$(sum $errno 1 2 3)" -ge 1 ]
	done
}

# ERANGE, by the policy, and EINVAL are what a message is refused for before it is asked who sent it.
nobody_got_through()
{
	[ "$(sum ok 4 5)" -ge 100 ]
	[ "$(sum updates 4 5)" = 0 ]
	[ "$(sum EPERM 4 5)" -ge 100 ]
	for errno in EBUSY ENOENT EFBIG EALREADY; do
		[ "$(sum $errno 4 5)" = 0 ]
	done
}

sound()
{
	wait_for is_idle
	tell td enter all
	tds running=8 dead=0 corrupted=0
	exits 0 tdxupd apply /images/small-other.blob
	[ "$(platform sys_state)" = SYS_READY ]
}

host
tell platform seamdb=65536
tell reset
tell td run 8
tell activity on 20
begin=$(date +%s)
check "of $((each * 5)) messages each that is refused has a sentence" flood
echo "# $((each * 5)) messages in $(($(date +%s) - begin)) seconds"
check "commands of root succeeded and failed in many ways" all_was_tried
check "who is not root is told only what the status is" nobody_got_through
check "the driver works on, and no TD was lost" sound
for n in 1 4; do
	echo "# client $n:" $(tr '\n' ' ' <"/tmp/report.$n")
done
