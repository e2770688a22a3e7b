#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tdxupd as a user meets it, against the real driver: what the unit tests' fake driver cannot tell.
. /lib.sh

# The kernel loads the driver for any program that asks for it, unless it cannot.
no_driver()
{
	unload
	echo /bin/false >/proc/sys/kernel/modprobe
	exits 69 tdxupd
	says 'modprobe tdx_update'
	exits 69 tdxupd status --json
	says '"errno": ?"ENODEV"'
	exits 69 tdxupd apply /images/v2.blob
	exits 0 tdxupd inspect /images/v2.blob
	echo /sbin/modprobe >/proc/sys/kernel/modprobe
	exits 0 tdxupd
}
check "without the driver status and apply say what to do, and inspect works" no_driver

dry_run()
{
	host
	tell log clear
	exits 0 tdxupd apply /images/v2.blob --dry-run
	says 'pass +cpus-online'
	# QEMU reads the SEAMRR registers as zero: whether the image fits is not for anybody to know.
	says 'unknown +memory .*SEAM range could not be read'
	exits 0 tdxupd apply /images/v2.blob --dry-run --json
	says '"name": ?"hash"'
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	tell platform updates_left=0
	exits 78 tdxupd apply /images/v2.blob --dry-run
	says 'fail +updates-left'
}
check "a dry run lists the verdicts and touches nothing" dry_run

# By a TCB info whose time does not pass.
worth()
{
	host
	mkdir -p /etc/tdxupd/tcb
	cat >/etc/tdxupd/tcb/standard.json <<-END
		{"tcbInfo":{"id":"TDX","version":3,"issueDate":"2030-01-02T03:04:05Z",
		"nextUpdate":"2099-01-02T03:04:05Z","fmspc":"B0C06F000000",
		"tcbEvaluationDataNumber":20,"tdxModuleIdentities":[{"id":"TDX_01","tcbLevels":[
		{"tcb":{"isvsvn":14},"tcbDate":"2029-08-13T00:00:00Z","tcbStatus":"UpToDate"},
		{"tcb":{"isvsvn":4},"tcbDate":"2029-05-14T00:00:00Z","tcbStatus":"OutOfDate"}]}]},
		"signature":"$(printf '%0128d' 0)"}
	END
	exits 0 tdxupd status
	says "TCB set 20 +module's half OutOfDate: SVN 1\.13, needs 1\.14"
	exits 78 tdxupd apply /images/v2.blob --require-tcb UpToDate
	says 'not verified: no chain'
	[ "$(platform version)" = 1.5.24 ]
	exits 0 tdxupd apply /images/v2.blob
	says "TCB set 20 +module's half UpToDate"
	says 'New TDs +show SVN 1\.14'
	exits 0 tdxupd status --prometheus
	says '^tdx_module_tcb_status\{.*status="UpToDate"\} 1'
	rm -r /etc/tdxupd
}
check "it says what the module is worth, before and after" worth

quiet()
{
	host
	tell td build 1
	exits 75 tdxupd apply /images/v2.blob --quiet --retry-for 1s
	[ ! -s $output ]
	exits 65 tdxupd apply /images/broken-hash.blob --quiet
	[ "$(wc -l <$output)" = 1 ]
	tell td finish all
	exits 0 tdxupd apply /images/v2.blob --quiet
}
check "with --quiet it speaks only when a person is needed" quiet

# ends_waiting SIGNAL: the session is free for others, although nobody has waited for the end.
ends_waiting()
{
	host
	apply_waits $output
	stops_at "$1" $waiting
	says 'interrupted|cannot be stopped'
	tell td finish all
	exits 0 tdxupd apply /images/v2.blob
}
check "SIGINT ends the waiting cleanly with 75" ends_waiting INT
check "SIGTERM ends the waiting cleanly with 75" ends_waiting TERM

# The update itself cannot be stopped any more. The preflight takes so long that the signal is not
# late for it: while the machine is stopped, no task could take it. It is the second CPU that takes its
# time, and takes no interrupts: what the shell needs is on the first, from the beginning. The client
# begins on the second, and waits before the work can start there, for it is of a higher priority.
signal_while_updating()
{
	read -r pid _ </proc/self/stat
	taskset -p 1 "$pid"
	host
	tell fault SEAMLDR.INFO delay_us=5000000
	$heeding chrt -f 1 taskset 2 tdxupd apply /images/v2.blob >$output 2>&1 &
	client=$!
	wait_for grep -q 'hits=1$' $sim/faults
	taskset -p 1 $client
	kill -"$1" $client
	wait_for says 'update #1 cannot be stopped; its result is waited for'
}

told_to_the_end()
{
	signal_while_updating "$1"
	wait $client
	says 'Update +#1: updated'
	[ "$(platform version)" = 1.5.28 ]
	cmp /images/v2.blob /var/lib/tdxupd/*.blob
}
check "after SIGINT during an update, its result is told and its image kept" told_to_the_end INT
check "after SIGTERM, too" told_to_the_end TERM

was_updated()
{
	tdxupd status --json | grep -Eq '"outcome": ?"updated"'
}

ends_updating()
{
	signal_while_updating INT
	stops_at INT $client 71
	says 'update #1 was begun, and its result is not known: it was interrupted once more; see `tdxupd status`'
	wait_for was_updated
	[ "$(platform version)" = 1.5.28 ]
	exits 0 tdxupd history
	says 'updated +1.5.24 -> 1.5.28, stopped for .* by uid 0'
	[ "$(wc -l <$output)" = 1 ]
	cmp /images/v2.blob /var/lib/tdxupd/*.blob
}
check "a second signal ends the waiting with 71, the update goes on, and what it was is recorded" ends_updating

lost()
{
	host
	tell fault SEAMLDR.INSTALL forever status=0x8000000000020001 rdx=1
	exits 70 tdxupd apply /images/v2.blob --json
	says '"kind": ?"lost"'
	exits 0 tdxupd status
	says 'LOST'
	exits 70 tdxupd apply /images/v2.blob
	says 'reboot'
}
check "a lost module is 70, loud in status, and refused from then on" lost

while_another_waits()
{
	host
	apply_waits /tmp/first
	exits 75 tdxupd apply /images/v1.blob --retry-for 2s
	tell td finish all
	wait $waiting
	[ "$(platform version)" = 1.5.28 ]
}
check "of two that wait, the first updates and the second is told" while_another_waits
