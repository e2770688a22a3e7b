#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a subscriber hears: each change of the state once, in order, and then the result. Numbers
# are those of the UAPI header.
. /lib.sh

# upload_lines: the commands for a small target.
upload_lines()
{
	echo image-begin slot=0 size=16384
	echo image-data slot=0 offset=0 data=/images/small-target.blob:0:16384
}

# changes FILE: the state changes that a client told, without the module.
changes()
{
	sed -n 's/^change \(state=[0-9]* phase=[0-9]* id=[0-9]*\).*/\1/p' "$1"
}

# told COMMAND...: what a subscriber is told who uploads a small target and then gives these.
told()
{
	{
		echo listen
		upload_lines
		printf '%s\n' "$@"
	} | nlraw >/tmp/told
	cat /tmp/told
	changes /tmp/told >/tmp/changes
}

# loading, ready, updating; the phases; idle.
all_changes='state=1 phase=0 id=0
state=2 phase=0 id=0
state=3 phase=0 id=1
state=3 phase=1 id=1
state=3 phase=2 id=1
state=3 phase=3 id=1
state=3 phase=4 id=1
state=3 phase=5 id=1
state=3 phase=6 id=1
state=3 phase=7 id=1
state=3 phase=8 id=1
state=0 phase=0 id=1'

each_change_once()
{
	host
	told update events
	echo "$all_changes" | diff - /tmp/changes
	[ "$(grep -c '^result .* outcome=1 ' /tmp/told)" = 1 ]
}
check "a subscriber hears of each change once, in order, and then of the result" each_change_once

# Phases that are gone through twice are told once: it is the result that tells of retries.
with_fallback()
{
	host
	tell fault TDH.SYS.INIT module=1.5.28 forever vmfail
	told 'image-begin slot=1 size=16384' \
		'image-data slot=1 offset=0 data=/images/small-same.blob:0:16384' update events
	echo "$all_changes" | diff - /tmp/changes
	grep '^result ' /tmp/told | grep ' outcome=5 ' | grep -q ' retries5=[1-9]'
}
check "a roll-back makes the same changes, and its result tells of the retries" with_fallback

refusal()
{
	host updates_left=0
	told update events
	echo "$all_changes" | sed '/phase=[2-8]/d; s/state=0/state=2/' | diff - /tmp/changes
	grep -q '^result .* outcome=3 .* check=updates-left' /tmp/told
}
check "an update that is refused makes the changes up to there, and the image stays" refusal

loss()
{
	host
	tell fault SEAMLDR.INSTALL status=0x8000000000020001 rdx=1
	told update events show
	echo "$all_changes" | sed '/phase=[5-8]/d; s/state=0/state=4/' | diff - /tmp/changes
	grep -q '^status state=4 ' /tmp/told
}
check "a loss makes the changes up to there, and the state is lost" loss

# The update is held up, on the second CPU, until somebody has joined in the middle of it; all else is
# on the first (as in session.t).
late()
{
	host
	read -r pid _ </proc/self/stat
	taskset -p 1 "$pid" >/dev/null
	start_client
	tell hold
	tell fault SEAMLDR.INFO times=1 hold
	{
		upload_lines
		echo update
	} | taskset 2 nlraw >/dev/null &
	wait_for grep -q 'hits=1' $sim/faults
	ask listen
	ask show
	echo "$answer"
	joined=${answer#status }
	joined=${joined%% major=*}
	is_updating "$joined"
	tell go
	echo events >&3
	while read -r line <&4 && [ "$line" != ok ]; do
		echo "$line"
	done >/tmp/told
	cat /tmp/told
	ask show
	stop_client
	# It may have heard already of what the status said then, but of nothing twice or too late.
	changes /tmp/told >/tmp/changes
	echo "$all_changes" | tail -n "$(wc -l </tmp/changes)" | diff - /tmp/changes
	echo "$all_changes" | sed "1,/^$joined\$/d" >/tmp/rest
	[ "$(wc -l </tmp/changes)" -ge "$(wc -l </tmp/rest)" ]
	echo "$answer" | grep -q '^status state=0 phase=0 id=1 .* outcome=1 '
}
is_updating()
{
	case $1 in
	'state=3 phase='[0-8]' id=1') ;;
	*) false ;;
	esac
}
check "who subscribes late gets the rest, and by status-get what was before" late

# The session of a client that goes away is a change too.
gone()
{
	host
	hold_session "image-begin slot=0 size=16384"
	{
		echo listen
		echo show
		wait_for grep -q '^status ' /tmp/told
		kill -9 "$holder"
		wait_for is_idle
		upload_lines
		printf '%s\n' update events
	} | nlraw >/tmp/told
	grep -q '^status state=1 ' /tmp/told
	changes /tmp/told >/tmp/changes
	{ echo 'state=0 phase=0 id=0'; echo "$all_changes"; } | diff - /tmp/changes
}
check "the end of another client's session is heard of" gone

# without_memory CALL: that allocation of a message fails, of those that a request makes. Sets $told to
# who was told: the client or the subscriber.
without_memory()
{
	told=
	host
	start_client 2>/tmp/complaint
	ask listen
	modprobe fail_return symbol=__alloc_skb value=0 call="$1"
	ask image-begin slot=0 size=16384 || told=client
	made=$(cat /sys/module/fail_return/parameters/calls)
	rmmod fail_return
	[ "$made" -ge "$1" ]
	if [ "$told" = '' ]; then
		send_small 0 target
		ask update
		ask events || told=subscriber
	fi
	stop_client || true
	cat /tmp/complaint
}

# First the request, then the event, then the answer.
lost_for_want_of_memory()
{
	for call in 1 2; do
		without_memory $call
		if [ "$told" = subscriber ]; then
			grep -qx 'nlraw: events were lost: Out of memory' /tmp/complaint
			return
		fi
		[ "$told" = client ]
	done
	false
}
check "a subscriber whose event finds no memory gets ENOBUFS, and does not wait" lost_for_want_of_memory
