#!/usr/bin/env -S tests/vm/run.sh -c 2 -t 3600
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each allocation that the driver causes fails, one after the other: while it is loaded, in each of
# its commands, in the update itself; alone, and with all that come after it in the same call. It is
# said that memory is short, nothing is claimed for ever, and the next try works. Needs a kernel with
# fault injection: make check-debug. What else can fail while an update is prepared is in prepare.t.
. /lib.sh

parameters=/sys/module/fail_return/parameters
refusal='ENOMEM: out of memory; nothing was changed, try again'

# Only what fail_return.ko marks fails, whatever flags it has, and without a call trace.
for kind in failslab fail_page_alloc; do
	for setting in probability=100 times=-1 task-filter=Y verbose=0 min-order=0 \
		ignore-gfp-wait=N ignore-gfp-highmem=N; do
		file=/sys/kernel/debug/$kind/${setting%=*}
		[ ! -e "$file" ] || echo "${setting#*=}" >"$file"
	done
done

# The kernel tells of a large allocation that fails with a call trace, as of a fault: that is left out.
dmesg -n 4
tell_log()
{
	dmesg -c | awk '/: vmalloc error: /, /Mem-Info:/ { next } { print }' >/dev/ttyS0
}

# fails FUNCTION GO-ON
fails()
{
	modprobe fail_return symbol="$1" nth=1 go_on="$2"
	refused=0
	nth=0
}

# aim [none]: at the next allocation, from the first on, or at none.
aim()
{
	aimed=0
	if [ "${1-}" != none ]; then
		nth=$((nth + 1))
		aimed=$nth
	fi
	echo $aimed >$parameters/nth
}

over()
{
	[ "$(cat $parameters/left)" != 4294967295 ]
}

has_failed()
{
	wait_for over
	[ "$(cat $parameters/left)" = 0 ]
}

# done_with MINIMUM: so many calls at least were refused.
done_with()
{
	rmmod fail_return
	tell_log
	echo "$sentence: $((nth - 1)) allocations, $refused refusals" >>/tmp/counts
	[ $refused -ge "$1" ]
}

# --- loading -------------------------------------------------------------------------------------

loaded()
{
	[ -e /sys/module/tdx_update ]
}

load()
{
	aim "$@"
	modprobe tdx_update >$output 2>&1 || says '[Mm]emory'
}

load_and_unload()
{
	load none
	rmmod tdx_update
}

# loading GO-ON MINIMUM
loading()
{
	platform_only
	fails do_init_module "$1"
	load
	while has_failed; do
		if loaded; then
			rmmod tdx_update
		else
			refused=$((refused + 1))
			load_and_unload
		fi
		load
	done
	loaded
	done_with "$2"
}
# One load makes an allocation more than another, so that a certain one can be missed by those before
# and after it: the first cannot. And with all that follow none is missed.
check "loading, one allocation fails" loading 0 1
check "loading, and all that follow" loading 1 2

# --- commands ------------------------------------------------------------------------------------

# host_with_client: TDs, and a client that stays.
host_with_client()
{
	host
	tell platform seamdb=1024
	tell reset
	tell td run 4
	start_client
	next=same
	other=target
}

# say COMMAND...: to the driver. What it answers is in $answer, what it tells of the last update in $result.
say()
{
	echo "$*" >&3
	while read -r answer <&4; do
		case $answer in
		status*) result=$answer ;;
		*) return ;;
		esac
	done
	false
}

# What has to be there for a command.
before()
{
	case $1 in
	image-begin*) ask image-drop ;;
	image-data*) ask image-begin slot=0 size=16384 ;;
	image-drop) send_small 0 same ;;
	check | update) send_small 0 $next ;;
	esac
}

# An event can be lost for want of memory, and then there is only a word of that (events.t).
is_over()
{
	say show
	case $result in
	'status state=3 '*) false ;;
	esac
}

# wait_for_result: for a minute; not by wait_for, which would spoil $result.
wait_for_result()
{
	for _ in $(seq 600); do
		! is_over || return 0
		usleep 100000
	done
	false
}

# well_updated: that was the result.
well_updated()
{
	case $result in
	*' outcome=1 '*) ;;
	*) echo "$result" && false ;;
	esac
	last=$next
	next=$other
	other=$last
}

# What follows the success of a command.
after()
{
	[ "$1" != update ] || { wait_for_result && well_updated; }
}

attempt()
{
	before "$1"
	aim
	say "$1"
}

# succeeds COMMAND: when memory is there again, and at once.
succeeds()
{
	aim none
	say "$1"
	[ "$answer" = ok ]
	after "$1"
}

# command FUNCTION GO-ON MINIMUM COMMAND
command()
{
	host_with_client
	fails "tdx_update:$1" "$2"
	attempt "$4"
	while has_failed; do
		if [ "$answer" = ok ]; then
			after "$4"
		else
			[ "$answer" = "$refusal" ]
			refused=$((refused + 1))
			succeeds "$4"
		fi
		attempt "$4"
	done
	[ "$answer" = ok ]
	after "$4"
	done_with "$3"
}
check "status-get, one allocation fails" command do_status_get 0 2 status-get
check "refresh, one allocation fails" command do_refresh 0 1 refresh
check "image-begin, one allocation fails" command do_image_begin 0 2 'image-begin slot=0 size=16384'
check "image-data, one allocation fails" command do_image_data 0 0 \
	'image-data slot=0 offset=0 data=/images/small-same.blob:0:4096'
check "image-drop, one allocation fails" command do_image_drop 0 0 image-drop
check "check, one allocation fails" command do_check 0 5 check
check "update, one allocation fails" command do_update 0 1 update
check "status-get, and all that follow" command do_status_get 1 2 status-get
check "refresh, and all that follow" command do_refresh 1 1 refresh
check "image-begin, and all that follow" command do_image_begin 1 2 'image-begin slot=0 size=16384'
check "image-data, and all that follow" command do_image_data 1 0 \
	'image-data slot=0 offset=0 data=/images/small-same.blob:0:4096'
check "image-drop, and all that follow" command do_image_drop 1 0 image-drop
check "check, and all that follow" command do_check 1 5 check
check "update, and all that follow" command do_update 1 1 update

# --- the update itself ---------------------------------------------------------------------------

# run_update [none]: its result is in $result.
run_update()
{
	send_small 0 $next
	aim "${1-}"
	say update
	[ "$answer" = ok ]
	wait_for_result
	wait_for over
}

update_itself()
{
	host_with_client
	fails tdx_update:run_job "$1"
	run_update
	while has_failed; do
		case $result in
		*' outcome=1 '*) well_updated ;;
		*' outcome=3 errno=61 '*'out of memory, so the state of the CPUs could not be asked for; free some and try again' | \
		*' outcome=4 errno=12 '*'out of memory); nothing was touched, try again when there is more')
			refused=$((refused + 1))
			run_update none
			well_updated
			;;
		*) echo "allocation $nth: $result" && false ;;
		esac
		run_update
	done
	well_updated
	done_with 10
	tell td enter all
	tds running=4 dead=0 corrupted=0
}
check "an update itself, one allocation fails" update_itself 0
check "an update itself, and all that follow" update_itself 1
tell_log
sed 's/^/# /' /tmp/counts
