#!/usr/bin/env -S tests/vm/run.sh -c 4 -t 600
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Updates while everything else goes on: CPUs come and go, TDs run and are built, others upload,
# the driver is unloaded. An update may be refused then; no TD may be lost. What happens at one
# certain moment, like a suspend, is in recheck.t.
. /lib.sh

# in_background COMMAND...: over and over again, until "calm".
in_background()
{
	(
		set +ex
		while [ ! -e /tmp/calm ]; do
			"$@"
		done >/dev/null 2>&1
	) &
	noise="$noise $!"
}

calm()
{
	: >/tmp/calm
	wait $noise
	noise=
	rm /tmp/calm
}

cpu()
{
	echo "$2" >"/sys/devices/system/cpu/cpu$1/online"
}

# Up and down again, for moments that differ, or updates might keep in step with them.
cpus_come_and_go()
{
	for n in 1 2 3; do
		cpu $n 0
		usleep $((n * 50000))
		cpu $n 1
		usleep 150000
	done
}

# alternate COUNT CODES: so many updates end with one of these codes, between two images.
alternate()
{
	image=same
	for _ in $(seq "$1"); do
		tdxupd apply "/images/small-$image.blob" --quiet && code=0 || code=$?
		echo "$code" >>/tmp/codes
		echo " $2 " | grep -q " $code "
		[ "$code" != 0 ] || image=$([ $image = same ] && echo target || echo same)
	done
	sort /tmp/codes | uniq -c
}

# busy_host: eight TDs run, on all CPUs.
busy_host()
{
	host
	tell platform seamdb=1024
	tell reset
	tell td run 8
	tell activity on 5
	rm -f /tmp/codes
	noise=
}

none_lost()
{
	tell activity off
	tell td enter all
	tds total=8 running=8 dead=0 corrupted=0
	[ "$(platform sys_state)" = SYS_READY ]
}

while_tds_run()
{
	busy_host
	alternate 10 0
	none_lost
}
check "while TDs run on all CPUs, updates succeed" while_tds_run

builds()
{
	tell td build 1
	usleep 100000
	tell td finish all
	tell td destroy 9
	tell td destroy 10
	tell td destroy 11
	usleep 300000
}

while_tds_are_built()
{
	busy_host
	in_background builds
	alternate 20 '0 75'
	calm
	exits 0 tdxupd apply /images/v2.blob --retry-for 1m
	tell td finish all || true
	tell activity off
	tds dead=0 corrupted=0
	grep -q '^0' /tmp/codes
}
check "while TDs are built, updates succeed or are refused as busy" while_tds_are_built

while_cpus_come_and_go()
{
	busy_host
	in_background cpus_come_and_go
	alternate 20 '0 78'
	until grep -q '^78' /tmp/codes; do
		alternate 1 '0 78'
	done
	calm
	for n in 1 2 3; do
		cpu $n 1
	done
	exits 0 tdxupd apply /images/v2.blob
	none_lost
}
check "while CPUs come and go, updates succeed or are refused" while_cpus_come_and_go

uploads()
{
	{
		echo image-begin slot=0 size=16384
		echo image-data slot=0 offset=0 data=/images/small-same.blob:0:4096
		echo image-drop
	} | nlraw
}

while_others_upload()
{
	busy_host
	in_background uploads
	in_background uploads
	alternate 15 '0 75'
	exits 0 tdxupd apply /images/small-other.blob --retry-for 2m
	calm
	none_lost
}
check "while others upload, updates succeed, at the latest when repeated" while_others_upload

# That the module cannot go; not if the update was over first, as on a machine with too much to do.
rmmod_meets_update()
{
	busy_host
	tell latency SEAMLDR.INFO=2000000
	tell log clear
	{
		echo image-begin slot=0 size=16384
		echo image-data slot=0 offset=0 data=/images/small-same.blob:0:16384
		echo update
	} | nlraw
	exits 1 rmmod tdx_update
}

rmmod_in_update()
{
	rmmod_meets_update || rmmod_meets_update || rmmod_meets_update
	says 'busy|in use|unavailable'
	tell latency clear
	wait_for rmmod tdx_update
	[ "$(platform version)" = 1.5.27 ]
	modprobe tdx_update
	none_lost
}
check "rmmod during an update is refused, and works after it" rmmod_in_update

unloads()
{
	usleep 300000
	rmmod tdx_update
	modprobe tdx_update
}

while_the_driver_is_unloaded()
{
	busy_host
	in_background unloads
	# 69: no driver; 78: it says that it goes.
	alternate 15 '0 69 75 78'
	calm
	[ -e /sys/module/tdx_update ] || modprobe tdx_update
	wait_for idle
	exits 0 tdxupd apply /images/small-other.blob
	none_lost
}
idle()
{
	tdxupd status --json | grep -Eq '"state": ?"idle"'
}
check "while the driver is unloaded and loaded again, updates succeed or fail cleanly" while_the_driver_is_unloaded
