#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Loading the driver asks the firmware nothing: any user can have it loaded, and in a guest of an old
# KVM a SEAMCALL is fatal. The first question of an administrator asks, and each status of his; what
# nobody has asked for is not known, and that is said. No question is in an update's way.
. /lib.sh
tab=$(printf '\t')

# seamcalls: how many were executed since the last "tell log clear".
seamcalls()
{
	wc -l <$sim/log
}

# loaded [KEY=VALUE...]: the driver, on a new machine whose log begins with the load.
loaded()
{
	platform_only "$@"
	tell log clear
	modprobe tdx_update
}

load_asks_nothing()
{
	loaded
	[ "$(seamcalls)" = 0 ]
	exits 0 as_nobody 'tdxupd status'
	says '^State +not-asked$'
	says '^TDX module +not known: since the driver was loaded nobody has asked'
	says '^Blockers +not known'
	! says '^Blockers +none|answers|P-SEAMLDR|Gate' || false
	exits 0 as_nobody 'tdxupd status --json'
	for key in module seamldr gate blockers facts_age_ms; do
		says "\"$key\": null"
	done
	says '"state": "not-asked"'
	exits 0 as_nobody 'tdxupd status --prometheus'
	! says 'tdx_(module|seamldr|update_(state|blockers|facts))' || false
	[ "$(seamcalls)" = 0 ]
	rmmod tdx_update
	[ "$(seamcalls)" = 0 ]
}
check "loading and an unprivileged status execute no SEAMCALL, and what is not known is said" \
	load_asks_nothing

root_asks()
{
	loaded
	exits 0 tdxupd status
	says '^State +idle$'
	says '^Asked +less than a minute ago$'
	says '^TDX module +1\.5\.24'
	says '^Blockers +none$'
	asked=$(seamcalls)
	[ "$asked" -gt 0 ]
	exits 0 as_nobody 'tdxupd status --json'
	says '"facts_age_ms": [0-9]+'
	says '"version": "1\.5\.24"'
	says '"state": "idle"'
	[ "$(seamcalls)" = "$asked" ]
}
check "a status as root asks, and others then see what there is and its age" root_asks

# Both ways: what was found when the driver was loaded, or last, is not shown for ever.
vmx_changes()
{
	loaded "vmx_off=$1"
	for off in "$1" "$2" "$1"; do
		tell platform "vmx_off=$off"
		exits 0 tdxupd status
		if [ "$off" = all ]; then
			says '^Blockers +platform: no P-SEAMLDR answers \(#UD\): VMX is off'
			exits 69 tdxupd apply /images/v2.blob --dry-run
			says 'tdxupd: apply /images/v2.blob: .*VMX is off'
		else
			says '^Blockers +none$'
		fi
		exits 0 as_nobody 'tdxupd status'
		[ "$off" = none ] || says 'VMX is off'
	done
}
check "VMX that is switched on after the load is seen by the next status, and off again" \
	vmx_changes all none
check "VMX that is switched off after the load is seen by the next status, and on again" \
	vmx_changes none all

asks_by_itself()
{
	loaded
	tell td run 2
	exits 0 tdxupd "$@" /images/v2.blob
	[ "$(seamcalls)" -gt 0 ]
	tds running=2 dead=0 corrupted=0
}
check "an apply works on a driver that nobody has asked" asks_by_itself apply
check "a dry run works on a driver that nobody has asked" asks_by_itself apply --dry-run

# The two commands that ask, of the interface: without a REFRESH before them.
command_asks()
{
	loaded
	send_all >/tmp/commands
	{ cat /tmp/commands; echo show; } | nlraw | grep -q '^status state=2 '
	[ "$(seamcalls)" = 0 ]
	{ cat /tmp/commands; printf '%s\n' "$@"; } | nlraw | tee /tmp/told
	[ "$(seamcalls)" -gt 0 ]
}
send_all()
{
	echo image-begin slot=0 size=16384
	echo image-data slot=0 offset=0 data=/images/small-target.blob:0:16384
}
check "uploading asks nothing, and CHECK does" command_asks check
updated()
{
	command_asks listen update events
	grep -q '^result .* outcome=1 ' /tmp/told
}
check "uploading asks nothing, and UPDATE does" updated

# A lost module is not said to be there, by nobody, and is lost as soon as somebody has asked.
lost_before()
{
	host
	tell td run 3
	tell signer clear
	exits 70 tdxupd apply /images/v2.blob --no-fallback
	rmmod tdx_update
	tell log clear
	modprobe tdx_update
	exits 0 as_nobody 'tdxupd status --json'
	says '"state": "not-asked"'
	says '"blockers": null'
	[ "$(seamcalls)" = 0 ]
	exits 0 tdxupd status
	says '^STATE +LOST'
	exits 0 as_nobody 'tdxupd status'
	says '^STATE +LOST'
}
check "lost is not known to a driver that was loaded anew, until somebody asks" lost_before

# --- who waits for whom ---------------------------------------------------------------------------

# The CPU on which the question is held up answers nothing: it is the second; all else, from the
# beginning, is on the first (as in session.t).
read -r pid _ </proc/self/stat
taskset -p 1 "$pid" >/dev/null

# hold_question COMMAND...: a client's question, of which the firmware keeps the answer; $slow.
hold_question()
{
	tell hold
	tell fault SEAMLDR.INFO times=1 hold
	printf '%s\n' "$@" | taskset 2 nlraw >/tmp/slow &
	slow=$!
	wait_for grep -q 'hits=1' $sim/faults
}

waits()
{
	grep -q '^State:.D' "/proc/$1/status"
}

an_update_waits()
{
	host
	tell td run 2
	hold_question refresh
	{ echo listen; send_all; printf 'update\nevents\n'; } | nlraw >/tmp/told &
	update=$!
	wait_for waits $update && code=0 || code=$?
	tell go
	wait $slow
	wait $update
	cat /tmp/told
	[ $code = 0 ]
	grep -qx ok /tmp/slow
	! grep -q EALREADY /tmp/told || false
	grep -q '^result .* outcome=1 ' /tmp/told
	tds running=2 dead=0 corrupted=0
}
check "an update waits for a question that is being asked, and is not refused" an_update_waits

a_question_waits()
{
	loaded
	hold_question refresh
	tdxupd status >/tmp/told &
	second=$!
	wait_for waits $second && code=0 || code=$?
	exits 0 as_nobody 'tdxupd status'
	says 'not-asked'
	tell go
	wait $slow $second
	[ $code = 0 ]
	grep -q '^Blockers *none$' /tmp/told
}
check "a question waits for another, and an unprivileged status for none" a_question_waits

# The other way round: the answer is then what is known.
a_status_meets_an_update()
{
	loaded
	tell hold
	tell fault SEAMLDR.SEAMINFO times=1 hold
	# The work is done on the CPU on which it was asked for.
	{ send_all; echo update; } | taskset 2 nlraw >/tmp/slow &
	slow=$!
	wait_for grep -q 'hits=1' $sim/faults
	exits 0 tdxupd status
	says '^State +updating'
	echo refresh | nlraw | grep '^EBUSY'
	tell go
	wait $slow
	wait_for ended
}
ended()
{
	exits 0 tdxupd status
	says '#1: updated'
}
check "a status that meets an update tells what is known" a_status_meets_an_update

asks_again_and_again()
{
	while [ -e /tmp/again ]; do
		tdxupd status || echo "status: $?"
	done
}

statuses_beside_applies()
{
	host
	tell td run 2
	touch /tmp/again
	asks_again_and_again >/tmp/asked 2>&1 &
	# All but the first have nothing to do, and ask for an update all the same.
	for _ in 1 2 3 4 5; do
		exits 0 tdxupd apply /images/v2.blob --no-fallback && code=0 || code=$?
		[ $code = 0 ] || break
	done
	rm /tmp/again
	wait
	[ $code = 0 ]
	! grep '^status: ' /tmp/asked || false
	grep -q '^Blockers' /tmp/asked
	tds running=2 dead=0 corrupted=0
}
check "statuses as root, one after the other, make no apply fail" statuses_beside_applies
