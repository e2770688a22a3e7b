#!/usr/bin/env -S tests/vm/run.sh -c 3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is left behind when an update has ended: a lost module is lost for every client, a driver that
# was loaded anew, too; one line in the kernel's log was written before; caches are written back once,
# when nothing of ours can follow.
. /lib.sh
tracing=/sys/kernel/tracing

# state NUMBER: the driver's, by enum tdx_update_state, once it has asked the firmware.
state_once_asked()
{
	printf 'refresh\nshow\n' | nlraw | tee /tmp/shown
	grep -q "^status state=$1 " /tmp/shown
}

# loses IMAGE COMMAND...: the simulator's, without which the update would succeed.
loses()
{
	image=$1
	shift
	host
	tell td run 3
	tell "$@"
	exits 70 tdxupd apply "/images/$image.blob" --no-fallback
	rmmod tdx_update
	modprobe tdx_update
	state_once_asked 4
	dmesg | tail -n 3 | grep -q 'no TDX module runs any more'
	printf 'update\n' | nlraw | grep -q '^ENOTRECOVERABLE'
}
check "lost stays lost: the session did not end" loses v2 fault SEAMLDR.INSTALL call=3 \
	status=0x8000000000020001 rdx=1
check "lost stays lost: installed, and not made ready" loses v2 poke seamdb_insert_failures=5
check "lost stays lost: shut down, and nothing installed" loses v2 signer clear

never_loaded()
{
	platform_only boot=fresh
	tell reset
	modprobe tdx_update
	state_once_asked 0
}
check "no module that was ever loaded is not lost" never_loaded

# Asking all CPUs whether the module is lost slows them down, and that is in the timeline: with
# each TDH.SYS.RD taking 20 ms at least, the phases last for as long as CPU 0 was in them.
found_lost()
{
	host
	start_client
	ask listen
	send_small 0 target
	tell poke sys_state=4
	tell latency TDH.SYS.RD=20000
	tell log clear
	ask update
	ask events
	stop_client
	reads=$(grep -c ' 0 TDH.SYS.RD ' $sim/log)
	tell latency TDH.SYS.RD=0
	exits 0 tdxupd status --json
	says '"state": ?"lost"'
	told=$(tr -d ' \n' <$output | grep -o '"start_ns":[0-9]*,"end_ns":[0-9]*' |
		sed 's/[^0-9]\{1,\}/ /g' | awk '{ n += $2 - $1 } END { printf "%d", n / 1000 }')
	echo "$reads reads, $told us told"
	[ "$reads" -ge 2 ]
	[ "$told" -ge $((reads * 20000)) ]
}
check "the timeline has the time in which all CPUs are asked for a lost module" found_lost

told_before()
{
	host
	dmesg -c >/dev/null
	exits 0 tdxupd apply /images/v2.blob --no-fallback
	dmesg | grep -E 'replacing TDX module 1\.5\.24 \(SVN 1\.13, P-SEAMLDR 1\.5\.00\) by MRSEAM [0-9a-f]{96} \(SVN 1\.14\), handoff version 1, 3 CPUs, 0 fallbacks, for uid 0$'
}
check "one line before the machine stops says what is going to happen" told_before

# written_back: by how many CPUs, since the last call.
written_back()
{
	grep -c 'wbinvd:' $tracing/trace || true
	: >$tracing/trace
}

count_them()
{
	host
	mount -t tracefs none $tracing
	echo 'p:tdxu/wbinvd tdx_update:write_back_this_cpu' >>$tracing/kprobe_events
	echo 1 >$tracing/events/tdxu/wbinvd/enable
	tell td build 1
	exits 75 tdxupd apply /images/v2.blob
	tell td finish all
	exits 65 tdxupd apply /images/broken-hash.blob
	tell fault TDH.SYS.SHUTDOWN status=0xc000010000000001
	exits 74 tdxupd apply /images/v2.blob --no-fallback
	rmmod tdx_update
	[ "$(written_back)" = 0 ]
	modprobe tdx_update
	exits 0 tdxupd apply /images/v2.blob --no-fallback
	[ "$(written_back)" = 0 ]
	rmmod tdx_update
	[ "$(written_back)" = 3 ]
	modprobe tdx_update
	rmmod tdx_update
	[ "$(written_back)" = 0 ]
}
check "WBINVD: none for busy, refused, failed and updated; one for each CPU, once, at the end" count_them
