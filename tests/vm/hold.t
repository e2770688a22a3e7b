#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A host that is never idle: an update holds builds back until those under way have ended, and who
# starts TDs passes through tdxupd-launch.
. /lib.sh
launch=/usr/sbin/tdxupd-launch
hold=/run/tdxupd/hold

# held: a launcher would wait now.
held()
{
	[ -e $hold ] && ! flock -ns $hold true
}

not_held()
{
	! held
}

# is TD...: the summary of all says so.
is()
{
	tail -n 1 $sim/tds | grep -qw -- "$1"
}

# Each build ends only when the next has begun, or builds are held: so there is always one.
builds_without_end()
{
	number=1
	while [ ! -e /tmp/stop ]; do
		$launch -- sh -c "echo td build 1 >$sim/control" 2>>/tmp/launched
		number=$((number + 1))
		(wait_for may_end $((number - 1)) && echo "td finish $((number - 1))" >$sim/control) &
		echo $number >/tmp/number
		usleep 100000
	done
}
# Of the build with this number, which is not the newest; or no newer can begin.
may_end()
{
	[ "$(cat /tmp/number)" -gt $(($1 + 1)) ] || held
}

never_idle()
{
	host
	rm -f /tmp/stop /tmp/launched
	builds_without_end &
	builds=$!
	wait_for is building=2
	exits 75 tdxupd apply /images/v2.blob --retry-for 2s
	[ "$(platform version)" = 1.5.24 ]
	exits 0 tdxupd apply /images/v2.blob --hold-builds=2m
	says 'no TD build begins for at most 2m'
	not_held
	[ "$(platform version)" = 1.5.28 ]
	# And then builds go on.
	now=$(cat /tmp/number)
	goes_on() { [ "$(cat /tmp/number)" -gt $((now + 1)) ]; }
	wait_for goes_on
	touch /tmp/stop
	wait $builds
	tell td finish all || true
	[ ! -s /tmp/launched ]
	tds building=0 dead=0 corrupted=0
}
check "builds that overlap without end end for an update that holds them, and then go on" never_idle

# apply_holds: an apply holds builds; its process is $holder.
apply_holds()
{
	tell td build 1
	tdxupd apply /images/v2.blob --hold-builds=10m >/tmp/held 2>&1 &
	holder=$!
	wait_for held
}

killed()
{
	for when in 0 50000 100000 200000 400000 800000; do
		host
		rm -f $hold
		apply_holds
		usleep $when
		$launch -- touch /tmp/started &
		launcher=$!
		held
		kill -9 "$holder"
		wait "$holder" || true
		wait "$launcher"
		not_held
		rm /tmp/started
	done
	host
	rm -f $hold
	apply_holds
	kill -TERM "$holder"
	wait "$holder" && code=0 || code=$?
	[ $code = 75 ]
	not_held
}
check "a holder that is killed, at whatever moment, holds nothing any more" killed

bounded()
{
	host
	rm -f $hold
	apply_holds
	TDXUPD_LAUNCH_WAIT=1 exits 7 $launch -- sh -c 'exit 7'
	says "tdxupd-launch: builds were held for longer than 1 seconds; 'sh' is started all the same"
	held
	tell td finish all
	wait "$holder"
	exits 7 $launch -- sh -c 'exit 7'
	[ ! -s $output ]
}
check "a launcher waits no longer than it may, and says so" bounded

# It has the lock and does not let go: the update goes on without, and says so.
hanging_launcher()
{
	host
	rm -f $hold
	mkdir -p -m 700 /run/tdxupd
	: >$hold
	flock -s $hold sleep 1000 &
	hanging=$!
	wait_for sh -c "! flock -nx $hold true"
	tell td build 1
	tell log clear
	(wait_for shut_down_once && tell td finish all) &
	exits 0 tdxupd apply /images/v2.blob --hold-builds
	says 'builds of TDs could not be held: /run/tdxupd/hold cannot be locked'
	kill "$hanging"
	wait
}
check "a launcher that hangs keeps no update from happening" hanging_launcher

two_holders()
{
	host
	rm -f $hold
	apply_holds
	exits 75 tdxupd apply /images/v1.blob --hold-builds=1s
	says 'already applying an image'
	held
	kill -TERM "$holder"
	wait "$holder" || true
	# Launchers have as long as they would be held, before they are again.
	tdxupd apply /images/v1.blob --hold-builds=10m >/tmp/held 2>&1 &
	holder=$!
	wait_for grep -q 'attempt 1: busy' /tmp/held
	not_held
	! grep 'no TD build begins' /tmp/held || false
	kill -TERM "$holder"
	wait "$holder" || true
}
check "a second holder waits for the first, and leaves launchers a pause" two_holders

nobody_can()
{
	host
	rm -f $hold
	exits 77 as_nobody 'tdxupd apply /images/v2.blob --hold-builds'
	[ ! -e $hold ]
	rmmod tdx_update
	module=$(echo /lib/modules/*/extra/tdx_update.ko)
	mv "$module" /tmp/
	exits 69 tdxupd apply /images/v2.blob --hold-builds
	mv /tmp/tdx_update.ko "$module"
	exits 64 tdxupd apply /images/v2.blob --hold-builds=0s
	[ ! -e $hold ]
	mkdir -p -m 700 /run/tdxupd
	exits 7 as_nobody "$launch -- sh -c 'exit 7'"
	says "whether builds are held, root alone can see; 'sh' is started all the same"
	exits 64 $launch --
}
check "without driver or rights nothing is held, and who may not look goes on" nobody_can

# What libvirt gives to a hook, and when.
hook()
{
	host
	rm -f $hold
	td="<domain type='kvm'><launchSecurity type='tdx'><policy>0x0</policy></launchSecurity></domain>"
	apply_holds
	echo "<domain type='kvm'/>" | exits 0 /usr/sbin/libvirt-hook guest prepare begin -
	echo "<launchSecurity type='sev'/>" | exits 0 /usr/sbin/libvirt-hook guest prepare begin -
	echo "$td" | exits 0 /usr/sbin/libvirt-hook guest release end -
	[ ! -s $output ]
	export TDXUPD_LAUNCH_WAIT=1
	echo "$td" | exits 0 /usr/sbin/libvirt-hook guest prepare begin -
	says 'builds were held for longer than 1 seconds'
	kill -TERM "$holder"
	wait "$holder" || true
	echo "$td" | exits 0 /usr/sbin/libvirt-hook guest prepare begin -
	[ ! -s $output ]
}
check "the hook for libvirt keeps TDs waiting, nothing else, and refuses none" hook
