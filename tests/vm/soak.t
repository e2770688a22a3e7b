#!/usr/bin/env -S tests/vm/run.sh -c 4 -t 3600
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many updates in a row, between two images, while TDs run and are built, CPUs come and go and
# somebody else uploads: no TD is lost, and no memory. How many is said on the kernel command line,
# arguments=updates=1000 for boot.sh.
. /lib.sh

wanted=${updates:-50}
warm_up=20

# others COMMAND...: over and over again, until /tmp/calm.
others()
{
	(
		exec 3>&- 4<&-
		while [ ! -e /tmp/calm ]; do
			"$@"
		done >/dev/null 2>&1
	) &
}

cpus_come_and_go()
{
	for n in 1 2 3; do
		echo 0 >/sys/devices/system/cpu/cpu$n/online
		echo 1 >/sys/devices/system/cpu/cpu$n/online
		usleep 700000
	done
}

somebody_uploads()
{
	printf '%s\n' 'image-begin slot=0 size=16384' image-drop | nlraw
	usleep 700000
}

builds()
{
	tell td build 1
	tell td finish all
	usleep 900000
	for id in $(sed -n 's/^\([0-9]*\) running .*/\1/p' $sim/tds); do
		[ "$id" -le 8 ] || tell td destroy "$id"
	done
}

# attempt: one update to $next, the other image being the fallback. Counts in updated and not_now.
updated=0
not_now=0
next=same
before=target
attempt()
{
	answer=' outcome=2 '
	if send_small 0 $next && send_small 1 $before && ask update; then
		ask events
	fi >/tmp/attempt
	case $answer in
	*' outcome=1 '*)
		updated=$((updated + 1))
		swap=$next
		next=$before
		before=$swap
		;;
	*' outcome=2 '* | *' check=cpus-online '*) not_now=$((not_now + 1)) ;;
	*) echo "$answer" && return 1 ;;
	esac
}

# updates COUNT: that succeed.
updates()
{
	until=$((updated + $1))
	while [ $updated -lt $until ]; do
		attempt || return 1
	done
}

# take_memory FILE: how much is in use, in KiB, once nothing is put off any more.
take_memory()
{
	echo 3 >/proc/sys/vm/drop_caches
	sleep 3
	grep -E '^(MemAvailable|SReclaimable|SUnreclaim|VmallocUsed|KernelStack)' /proc/meminfo |
		tr -d ':' >"$1"
}

# used_up KEY: by how many KiB its value has changed.
used_up()
{
	sed -n "s/^$1 *\([0-9]*\) .*/\1/p" /tmp/memory1 /tmp/memory2 | tr '\n' ' ' |
		awk '{ print $2 - $1 }'
}

soak()
{
	updates "$wanted"
	echo "$updated $not_now" >/tmp/counts
}

no_td_lost()
{
	tell td finish all || true
	tell td enter all
	tds dead=0 corrupted=0
	[ "$(grep -c ' running alive ' $sim/tds)" -ge 8 ]
	[ "$(platform sys_state)" = SYS_READY ]
}

# On a kernel that looks for leaks itself, and spends memory on that, it decides: see init.
no_memory_lost()
{
	[ ! -e /sys/kernel/debug/kmemleak ] || return 0
	cat /tmp/memory1 /tmp/memory2
	[ "$(used_up MemAvailable)" -gt -4096 ]
	[ "$(used_up SUnreclaim)" -lt 1024 ]
	[ "$(used_up VmallocUsed)" -lt 256 ]
	[ "$(used_up KernelStack)" -lt 256 ]
}

host
tell platform seamdb=1024
tell reset
tell td run 8
start_client
ask listen
tell activity on 5
others cpus_come_and_go
others somebody_uploads
others builds
updates $warm_up
take_memory /tmp/memory1
check "$wanted updates succeed, under load" soak
: >/tmp/calm
take_memory /tmp/memory2
read -r updated not_now </tmp/counts
stop_client
wait
tell activity off
check "no TD was lost" no_td_lost
check "no memory was lost" no_memory_lost
for key in MemAvailable SUnreclaim SReclaimable VmallocUsed KernelStack; do
	echo "# $key changed by $(used_up $key) KiB over $wanted updates"
done
echo "# refused meanwhile, because a TD was built, a CPU was offline or somebody uploaded: $not_now"
