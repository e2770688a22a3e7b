#!/usr/bin/env -S tests/vm/run.sh -c 3 -t 3600 -e 3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fault matrix: each row of faults.rows is an update on a fresh host with three running TDs, on
# which something goes wrong. What the driver says came of it must be what the row expects, and
# what the simulator says of the TDs and of the module must agree with it.
#
# "make check" takes each third row, "make check-faults" all of them.
#
# The driver is spoken to through one client that stays: starting tdxupd takes ten times as long as
# an update. What tdxupd makes of each outcome is in outcomes.t.
. /lib.sh

# A driver that has lost the module never does anything again.
restart_driver()
{
	stop_client
	rmmod tdx_update
	insmod "$driver" signer="$(cat /images/signer)"
	start_client
	ask listen
}

# truth: sets $module to version, state and flow, $summary to that of the TDs, as the simulator has
# them. To start a process takes as long as an update, and to read a byte in the shell is slow too:
# so one process picks out all that is wanted.
truth()
{
	sed -n 's/^version //p; s/^sys_state //p; s/^flow //p; /^total=/p' $sim/platform $sim/tds \
		>/tmp/truth
	{
		read -r version
		read -r sys_state
		read -r flow
		read -r summary
	} </tmp/truth
	module="$version $sys_state $flow"
}

# dead COUNT: of the three TDs, nothing else being wrong with them.
dead()
{
	[ "$summary" = "total=3 running=3 building=0 migrating=0 dead=$1 corrupted=0" ]
}

fresh()
{
	tell reset
	tell fault clear
	tell td run 3
	tell log clear
}

# set_faults COMMANDS: those of a row.
set_faults()
{
	rest=$1
	while [ -n "$rest" ]; do
		command=${rest%%;*}
		rest=${rest#"$command"}
		rest=${rest#;}
		tell $command
	done
}

# Each fault that was set has been met.
met()
{
	while read -r line; do
		case $line in
		*' hits=0') echo "$line"; return 1 ;;
		esac
	done <$sim/faults
}

# understand: sets $outcome and $runs, the module that the driver says runs now, from $answer.
understand()
{
	outcome= runs=
	for word in ${answer%% message=*}; do
		case $word in
		outcome=1) outcome=updated ;;
		outcome=2) outcome=busy ;;
		outcome=3) outcome=refused ;;
		outcome=4) outcome=failed ;;
		outcome=5) outcome=rolled-back ;;
		outcome=6) outcome=lost ;;
		major=* | minor=* | update=*) runs=$runs.${word#*=} ;;
		esac
	done
	runs=${runs#.}
}

# all_run VERSION: the TDs do, on a module of this version, and the driver knows; or says that it
# could not find out; or it has not even begun, without a module that answers.
all_run()
{
	if [ -z "$runs" ]; then
		case $answer in
		*'could not be verified'* | *' outcome=3 '*) runs=$1 ;;
		esac
	fi
	tell td enter all
	truth
	[ "$module $runs" = "$1 SYS_READY READY $1" ]
	dead 0
}

none_runs()
{
	tell td enter all || true
	truth
	dead 3
}

# true_of OUTCOME FALLBACK
true_of()
{
	case $1-$2 in
	updated-*) all_run 1.5.28 ;;
	rolled-back-same | rolled-back-old+same) all_run 1.5.27 ;;
	rolled-back-old | rolled-back-old+debug) all_run 1.5.26 ;;
	busy-* | refused-* | failed-*) all_run 1.5.24 ;;
	lost-*) none_runs ;;
	*) false ;;
	esac
}

# row EXPECTED TARGET FALLBACK[+WAY-OUT] HITS COMMANDS
row()
{
	fresh
	# What stays of a row that was refused or met a TD build, or nothing.
	ask image-drop || true
	set_faults "$5"
	if [ "$3" != none ]; then
		send_small 1 "${3%+*}"
	fi
	case $3 in
	*+*) send_small 2 "${3#*+}" ;;
	esac
	send_small 0 "$2"
	# The time that passes is the VM's: where the fault does not pass with it, do not wait.
	case $5 in
	*for_ms=*) echo 5000 >$patience ;;
	*) echo 20 >$patience ;;
	esac
	ask update
	ask events
	echo "$answer"
	understand
	echo "$outcome" >/tmp/outcome
	if [ "$4" = 1 ]; then
		met
	fi
	true_of "$outcome" "$3"
	case ",$1," in
	*",$outcome,"*) ;;
	*) echo "expected: $1"; return 1 ;;
	esac
}

host
patience=/sys/module/tdx_update/parameters/patience_ms
driver=$(find /lib/modules -name tdx_update.ko)
start_client
ask listen
number=0
while IFS='|' read -r expected target fallback hits commands sentence; do
	number=$((number + 1))
	[ $((number % every)) = 0 ] || continue
	: >/tmp/outcome
	check "$expected: $sentence" row "$expected" "$target" "$fallback" "$hits" "$commands"
	read -r outcome </tmp/outcome
	cat /tmp/outcome >>/tmp/outcomes
	case $outcome in
	lost | '') restart_driver ;;
	esac
done </scenarios/faults.rows

# Nor does any call that was made again.
no_leftovers()
{
	[ "$(platform leftovers)" = 0 ]
}
check "no call has had anything in a register that its leaf does not take" no_leftovers
sort /tmp/outcomes | uniq -c | sed 's/^/# /'
