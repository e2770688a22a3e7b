#!/usr/bin/env -S tests/vm/run.sh -c 4
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The simulated platform as any kernel module finds it, and not only ours: SEAMCALLs come from
# vec_seamcall.ko, which has nothing of the driver's. The golden vectors are in vectors.t.
. /lib.sh

info=0x8000000000000000
install=0x8000000000000001
sys_init=33
sys_rd=34
lp_init=35
sys_shutdown=52
sys_update=53
build_num=0x8800000100000002
cpus=$(nproc)

# machine [KEY=VALUE...]: a platform without the driver, and with the means to call it.
machine()
{
	[ ! -e /sys/module/vec_seamcall ] || rmmod vec_seamcall
	platform_only "$@"
	modprobe vec_seamcall
}

# gets RESULT ARGUMENT...: a SEAMCALL that ends so, and in no other way.
gets()
{
	want=$1
	shift
	seamcall "$@" >$output
	cat $output
	grep -Eq "^$want" $output
	[ "$(wc -l <$output)" = 1 ]
}

# count WORD: how many of the last SEAMCALLs ended so.
count()
{
	sed -n "s/ $1 .*//p" $output
}

contexts()
{
	machine
	for context in process softirq hardirq stopped; do
		gets "$cpus return rax=0x0 .* r8=0x400$" -c all -x $context $sys_rd 0 $build_num
		for cpu in $(seq 0 $((cpus - 1))); do
			gets "1 return rax=0x0 " -c "$cpu" -x $context $info page
		done
	done
	[ "$(calls SEAMLDR.INFO)" = $((4 * cpus)) ]
	[ "$(awk '{ print $3 }' $sim/log | sort -u | wc -l)" = "$cpus" ]
}
check "SEAMCALL works on every CPU in process, softirq, hard interrupt and stop_machine context" contexts

# What the CPU itself says, before any SEAM software is asked.
instruction()
{
	machine vmx_off=1
	gets "1 ud " -c 1 $sys_rd 0 $build_num
	gets "1 ud " -c 1 $info page
	gets "1 return rax=0x0 " -c 0 $sys_rd 0 $build_num
	tell platform vmx_off=none seam=0
	gets "$cpus gp " -c all $sys_rd 0 $build_num
	gets "1 gp " $info page
	tell platform seam=1 seamldr=0
	gets "1 vmfail rax=$info " $info page
	gets "1 return rax=0x0 " $sys_rd 0 $build_num
	tell platform seamldr=1
	tell poke seam_ready=0
	gets "$cpus vmfail " -c all $sys_rd 0 $build_num
	gets "1 return rax=0x0 " $info page
}
check "#UD without VMX, #GP without SEAM, VMfailInvalid without the software" instruction

# Each call takes its time: who comes meanwhile is turned away, and has not been there.
one_at_a_time()
{
	machine
	tell latency SEAMLDR.INFO=50000 SEAMLDR.INSTALL=50000
	seamcall -c all -x stopped $info page >$output
	cat $output
	[ "$(count return)" -ge 1 ]
	[ "$(count vmfail)" -ge 1 ]
	[ $(($(count return) + $(count vmfail))) = "$cpus" ]
	seamcall -c all -x stopped $install 0 >$output
	cat $output
	[ "$(count vmfail)" -ge 1 ]
	[ "$(platform lps_in_update)" = "$(count return)" ]
	[ $(($(count return) + $(count vmfail))) = "$cpus" ]
}
check "P-SEAMLDR takes one CPU at a time, others get VMfailInvalid" one_at_a_time

# The module itself has no such rule.
all_at_once()
{
	machine
	tell latency TDH.SYS.RD=20000
	gets "$((5 * cpus)) return rax=0x0 " -c all -x stopped -n 5 $sys_rd 0 $build_num
}
check "the TDX module takes calls of all CPUs at the same time" all_at_once

# each_cpu RAX [RCX]: one after the other, all with success.
each_cpu()
{
	for cpu in $(seq 0 $((cpus - 1))); do
		gets "1 return rax=0x0 " -c "$cpu" -x stopped "$@"
	done
}

# What another driver does for an update, and all that it does.
update_by_the_book()
{
	gets "1 return rax=0x0 " $sys_shutdown 0x10001
	each_cpu $install image:/images/module.so
	gets "1 return rax=0x0 " -c 1 $sys_init
	each_cpu $lp_init
	gets "1 return rax=0x0 " -c 2 $sys_update
	[ "$(platform version)" = 1.5.28 ]
}

by_another_driver()
{
	machine
	tell td run 8
	fingerprint >/tmp/before
	update_by_the_book
	fingerprint | diff /tmp/before -
	tell td enter all
	tds running=8 dead=0 corrupted=0
}
check "another driver can update the module, and the TDs survive" by_another_driver

# An older module does not know the flag, and says so; without it, it is not protected.
old_module()
{
	machine version=1.5.16 features0=0x226f3f0fbf
	tell td run 1
	tell td build 1
	gets "1 return rax=0xc000010000000001 " $sys_shutdown 0x10001
	[ "$(platform sys_state)" = SYS_READY ]
	gets "1 return rax=0x0 " $sys_shutdown 1
	machine
	tell td build 3
	gets "1 return rax=0x8000051200030000 " $sys_shutdown 0x10001
	tell td finish all
	tell td migrate 2
	gets "1 return rax=0x8000051200020001 " $sys_shutdown 0x10001
	[ "$(platform sys_state)" = SYS_READY ]
}
check "RCX bit 16 is refused by an old module, and refuses for a reason in a new one" old_module

# not_again ID WORD: this TD is dead, and the reason says so.
not_again()
{
	grep "^$1 " $sim/tds | grep " dead " | grep -q "reason=.*$2"
}

entered_while_shut_down()
{
	machine
	tell td run 4
	gets "1 return rax=0x0 " $sys_shutdown 0x10001
	tds running=4 dead=0
	! tell td enter 2 || false
	not_again 2 'shut down'
	each_cpu $install image:/images/module.so
	! tell td enter 3 || false
	not_again 3 'before the module was ready'
	gets "1 return rax=0x0 " $sys_init
	each_cpu $lp_init
	gets "1 return rax=0x0 " $sys_update
	tell td enter 1
	tell td enter 4
	tds dead=2 corrupted=0
}
check "a TD that is entered while the module is shut down is dead, the others are not" entered_while_shut_down

entered_in_a_session()
{
	machine
	tell td run 2
	gets "1 return rax=0x0 " -c 0 $install 0
	! tell td enter 1 || false
	not_again 1 'no module was there'
	tds dead=1
}
check "a TD that is entered in the middle of an INSTALL session is dead" entered_in_a_session

missed_lp_init()
{
	machine
	tell td run 2
	gets "1 return rax=0x0 " $sys_shutdown 0x10001
	each_cpu $install image:/images/module.so
	gets "1 return rax=0x0 " $sys_init
	gets "1 return rax=0x0 " -c 0 $lp_init
	gets "1 return rax=0xc000050800000000 " $sys_update
	machine
	tell td run 2
	tell poke lp_init=1:0
	tell td enter 1
	! tell td enter 2 || false
	not_again 2 'LP 1, which the module had not initialised'
	tds running=2 dead=1
}
check "a missed LP.INIT: no SYS.UPDATE, and a TD that runs on that CPU is dead" missed_lp_init

erratum_kills()
{
	machine erratum=1
	tell td run 4
	gets "1 return rax=0x0 " -c 1 $info page
	tell td enter 1
	! tell td enter 2 || false
	not_again 2 'VMCS'
	tell td enter 3
	tell td enter 4
	tds dead=1
	machine erratum=0
	tell td run 4
	each_cpu $info page
	tell td enter all
	tds dead=0
}
check "the erratum: INFO without VMPTRLD afterwards kills the TD on that CPU" erratum_kills

# Of eight TDs on four CPUs, those whose VMCS is the current one are the last four.
erratum_kills_in_an_update()
{
	machine erratum=1
	tell td run 8
	update_by_the_book
	for id in 5 6 7 8; do
		! tell td enter $id || false
		not_again $id 'VMCS'
	done
	for id in 1 2 3 4; do
		tell td enter $id
	done
	tds running=8 dead=4 corrupted=0
}
check "the erratum: an update without VMPTRLD kills a TD on each CPU" erratum_kills_in_an_update

erratum_refused()
{
	machine erratum=1
	tell td run 8
	tell log clear
	modprobe tdx_update
	exits 69 tdxupd apply /images/v2.blob
	says 'restore_vmcs'
	! grep ' SEAMLDR\.' $sim/log || false
	! grep ' TDH.SYS.SHUTDOWN ' $sim/log || false
	tell td enter all
	tds running=8 dead=0 corrupted=0
}
check "the erratum: the driver makes no P-SEAMLDR call, and says why" erratum_refused

erratum_restored()
{
	machine erratum=1
	tell td run 8
	tell activity on 5
	tell log clear
	modprobe tdx_update restore_vmcs=1
	exits 0 tdxupd apply /images/v2.blob
	[ "$(platform version)" = 1.5.28 ]
	tell activity off
	[ "$(calls SEAMLDR.INSTALL)" = "$cpus" ]
	[ "$(calls SEAMLDR.INFO)" -ge 1 ]
	tell td enter all
	tds running=8 dead=0 corrupted=0
}
check "the erratum: with restore_vmcs=1 the update succeeds and no VMCS is left cleared" erratum_restored

# at LEAF: when its calls ended, in microseconds.
at()
{
	sed -n "s/^[0-9]* \([0-9]*\)[0-9]\{3\} [0-9]* $1 .*/\1/p" $sim/log
}

serial_cost()
{
	host
	tell td run 4
	tell latency SEAMLDR.INSTALL=20000 SEAMLDR.INSTALL.LAST=60000+100 TDH.SYS.LP.INIT=30000
	tell log clear
	exits 0 tdxupd apply /images/v2.blob
	[ "$(platform version)" = 1.5.28 ]
	at SEAMLDR.INSTALL >/tmp/times
	cat /tmp/times
	# Each after the one before, and the last for its 110 pages too.
	awk -v last="$cpus" '
		NR > 1 && $1 - before < (NR == last ? 71000 : 20000) { bad = 1 }
		{ before = $1 }
		END { exit bad || NR != last }' /tmp/times
	tds running=4 dead=0 corrupted=0
}
check "latencies: INSTALL costs its time for each CPU in turn, and the last one by the page" serial_cost

unloads()
{
	machine
	tell td run 4
	fingerprint >/tmp/before
	tell activity on 1
	wait_for they_run
	rmmod tdx_sim
	gets "$cpus ud " -c all $sys_rd 0 $build_num
	modprobe tdx_sim
	gets "$cpus return rax=0x0 " -c all $sys_rd 0 $build_num
	rmmod vec_seamcall
	unload
	[ ! -e $sim ]
}
they_run()
{
	! fingerprint | cmp -s /tmp/before -
}
check "it unloads while TDs run, leaves plain #UD behind, and loads again" unloads
