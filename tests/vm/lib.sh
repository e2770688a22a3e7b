# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What a scenario is written with. A scenario is a list of cases, each a function and a sentence:
#
#	. /lib.sh
#	refused_while_building() { ... }
#	check "an update is refused while a TD is being built" refused_while_building
#
# A case fails at its first command that fails. So a negative is "! command || false", or better,
# the exact code: "exits 75 command". What a failing case did is shown command by command. "check"
# stands at the start of a line, once for each case: the runner counts them.
sim=/sys/kernel/debug/tdx_sim
output=/tmp/output
failures=0
trap 'exit $failures' EXIT

# check SENTENCE FUNCTION [ARGUMENT...]
check()
{
	sentence=$1
	shift
	# Not as a condition: set -e has no effect in one.
	(set -ex; "$@") >/tmp/case 2>&1
	code=$?
	if [ "$code" = 0 ]; then
		echo "ok - $sentence"
		return
	fi
	failures=$((failures + 1))
	echo "not ok - $sentence"
	[ -e $sim/log ] && tail -n 20 $sim/log >>/tmp/case
	dmesg | tail -n 20 >>/tmp/case
	sed 's/^/# /' /tmp/case
}

# --- the simulated host --------------------------------------------------------------------------

unload()
{
	for module in tdx_update tdx_sim; do
		if [ -e /sys/module/$module ]; then
			rmmod $module
		fi
	done
}

# platform_only [KEY=VALUE...]: a TDX machine as after a boot, without the driver.
platform_only()
{
	unload
	modprobe tdx_sim
	tell signer "$(cat /images/signer)"
	if [ $# != 0 ]; then
		tell platform "$@"
	fi
}

# host [KEY=VALUE...]: a new machine with the driver, which has asked the firmware; module 1.5.24, no
# TDs.
host()
{
	rm -rf /var/lib/tdxupd
	platform_only "$@"
	modprobe tdx_update
	echo refresh | nlraw | grep -qx ok
}

# tell COMMAND...: give the simulator a command.
tell()
{
	echo "$*" >$sim/control || { cat $sim/last_error; false; }
}

# platform KEY: what the simulator says of itself.
platform()
{
	sed -n "s/^$1 //p" $sim/platform
}

# calls LEAF: how often it was executed.
calls()
{
	grep -c " $1 " $sim/log || true
}

# tds WORD...: each of "running=8" and the like holds.
tds()
{
	cat $sim/tds
	for word; do
		tail -n 1 $sim/tds | grep -qw -- "$word"
	done
}

# fingerprint: of each TD, what an update must not change.
fingerprint()
{
	grep -o '^[0-9]* \|mrtd=[^ ]*\|state_sha=[^ ]*' $sim/tds
}

# --- commands ------------------------------------------------------------------------------------

# exits CODE COMMAND...: it ends with exactly this code. What it says is kept for "says".
exits()
{
	want=$1
	shift
	"$@" >$output 2>&1 && code=0 || code=$?
	cat $output
	[ "$code" = "$want" ]
}

# says REGEX: in the output of the last command under "exits".
says()
{
	grep -Eq -- "$1" $output
}

# wait_for COMMAND...: until it succeeds; half a minute, for a machine under load.
wait_for()
{
	for _ in $(seq 300); do
		if "$@" >/dev/null 2>&1; then
			return
		fi
		usleep 100000
	done
	false
}

# Does the driver say that no client uploads, and nothing is under way?
is_idle()
{
	echo show | nlraw | grep -q '^status state=0 '
}

shut_down_once()
{
	[ "$(calls TDH.SYS.SHUTDOWN)" -ge 1 ]
}

# What is started in the background, and is to end at a SIGINT.
heeding='env HEED_INT=1 LD_PRELOAD=/lib/kill_at.so'

# apply_waits FILE: an apply meets a TD that is being built, and waits; what it says goes to FILE. Its
# process is $waiting.
apply_waits()
{
	tell td build 1
	tell log clear
	$heeding tdxupd apply /images/v2.blob --retry-for 10m >"$1" 2>&1 &
	waiting=$!
	wait_for shut_down_once
}

# stops_at SIGNAL PROCESS [CODE]: which says in $output that it was told to, with that code (75).
stops_at()
{
	kill -"$1" "$2"
	wait "$2" && code=0 || code=$?
	cat $output
	[ $code = "${3:-75}" ]
}

# as_nobody COMMAND
as_nobody()
{
	su nobody -s /bin/sh -c "$1"
}

# --- raw netlink ---------------------------------------------------------------------------------

# talk: reads lines "COMMAND <tab> ANSWER", gives all commands to the driver through one socket and
# insists on the answers: ok, or an errno, which never comes without a sentence.
talk()
{
	cat >/tmp/script
	cut -f 1 /tmp/script | nlraw >/tmp/answers
	paste /tmp/script /tmp/answers
	cut -f 2 /tmp/script >/tmp/wanted
	sed 's/: .*//' /tmp/answers | diff /tmp/wanted -
	! grep -v '^ok$' /tmp/answers | grep -v ': .' || false
}

# hold_session COMMAND: a client that opens a session and stays. Its process is $holder.
hold_session()
{
	printf '%s\nhold\n' "$1" | nlraw >/tmp/held &
	holder=$!
	wait_for grep -qx ok /tmp/held
}

# start_client: one that stays, for what is to go faster than by a process for each command.
start_client()
{
	rm -f /tmp/in /tmp/out
	mkfifo /tmp/in /tmp/out
	nlraw </tmp/in >/tmp/out &
	exec 3>/tmp/in 4</tmp/out
}

stop_client()
{
	exec 3>&- 4<&-
	wait $!
}

# ask COMMAND...: of that client. What it tells of a status or result is then in $answer.
ask()
{
	echo "$*" >&3
	while read -r line <&4; do
		case $line in
		ok) return ;;
		change*) ;;
		status* | result*) answer=$line ;;
		*) echo "$line"; return 1 ;;
		esac
	done
	false
}

# send SLOT FILE: by that client, an image of any size.
send()
{
	size=$(stat -c %s "$2")
	ask "image-begin slot=$1 size=$size" || return
	for offset in $(seq 0 16384 $((size - 1))); do
		rest=$((size - offset))
		chunk=$2:$offset:$((rest < 16384 ? rest : 16384))
		ask "image-data slot=$1 offset=$offset data=$chunk" || return
	done
}

send_small()
{
	send "$1" "/images/small-$2.blob"
}
