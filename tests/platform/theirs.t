#!/usr/bin/env -S tests/platform/run.sh -c 4 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tdxupd with nothing but the kernel's own updater, the real one: what it proves, what it refuses
# before the kernel would find out too late, and at last a loss. More of those: theirs-*.t
. /lib.sh
. /host.sh
as_theirs

updated()
{
	td_runs
	tell log clear
	exits 0 tdxupd apply /images/first.blob --at-own-risk
	says '1.5.24 -> 1.5.25'
	[ "$(platform version)" = 1.5.25 ]
	[ "$(cat $kernel/num_remaining_updates)" = 14 ]
	[ "$(calls SEAMLDR.INSTALL)" = 4 ]
	tds running=1 dead=0 corrupted=0
	td_goes
}
check "an update under a TD of KVM's is proved by version and counter" updated

# nothing_asked CODE WORDS COMMAND...: refused, before the kernel has heard of it.
nothing_asked()
{
	code=$1
	words=$2
	shift 2
	tell log clear
	exits "$code" "$@"
	says "$words"
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	[ "$(cat $updater/status)" = idle ]
	[ "$(cat $updater/loading)" = 0 ]
}

refused_first()
{
	echo 0 >/sys/devices/system/cpu/cpu2/online
	nothing_asked 78 'CPU 2' tdxupd apply /images/second.blob --at-own-risk
	echo 1 >/sys/devices/system/cpu/cpu2/online
	nothing_asked 65 SHA-384 tdxupd apply /images/broken-hash.blob --at-own-risk
	nothing_asked 78 'add --at-own-risk' tdxupd apply /images/second.blob
}
check "an offline CPU and a wrong image are refused first" refused_first

second_writer()
{
	echo 1 >$updater/loading
	tell log clear
	exits 75 tdxupd apply /images/second.blob --at-own-risk
	says 'another program has begun to load'
	[ "$(cat $updater/loading)" = 1 ]
	echo -1 >$updater/loading
	STOP_AT=/sys/class/firmware/tdx_module/data LD_PRELOAD=/lib/kill_at.so \
		tdxupd apply /images/second.blob --at-own-risk >$output 2>&1 &
	client=$!
	wait_for grep -q '^State:.T' /proc/$client/status
	printf x | dd of=$updater/data bs=1 seek=9000 conv=notrunc
	kill -CONT $client
	wait $client && code=0 || code=$?
	cat $output
	[ $code = 75 ]
	says 'holds other bytes than were written'
	[ "$(cat $updater/loading)" = 0 ]
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
}
check "a second writer is left alone, or found before anything is shut down" second_writer

untouched()
{
	td_runs
	tell log clear
	tell fault TDH.SYS.SHUTDOWN forever status=0x8000020200000000
	exits 74 tdxupd apply /images/second.blob --at-own-risk
	tell fault clear
	says 'nothing has changed, and the module 1.5.25 runs on with all TDs'
	[ "$(cat $updater/error)" = transferring:firmware-invalid ]
	[ "$(calls SEAMLDR.INSTALL)" = 0 ]
	[ "$(platform version)" = 1.5.25 ]
	[ "$(kernel_version)" = 1.5.25 ]
	tds running=1 dead=0 corrupted=0
	td_goes
	exits 0 tdxupd apply /images/second.blob --at-own-risk
	[ "$(platform version)" = 1.5.26 ]
}
check "a SHUTDOWN that is refused has changed nothing; the next attempt works" untouched

blind()
{
	start_td create init wait finalize wait
	wait_for grep -q 'init: done' /tmp/td.out
	exits 0 tdxupd apply /images/third.blob --at-own-risk
	says 'cannot see a TD that is being built'
	td_goes_on
	wait_for grep -q 'finalize: done' /tmp/td.out
	tds running=1 corrupted=1
	td_goes
}
check "a TD being built is not seen, as tdxupd says; its measurement is wrong" blind

lost_at_install()
{
	theirs_lost v2 SEAMLDR.INSTALL call=4 status=0x8000000000030003 rdx=1
}
check "an INSTALL that fails is a loss: 70, and so it stays" lost_at_install
