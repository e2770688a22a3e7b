#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The upload session, spoken to byte by byte: it belongs to one socket, takes chunks in order, and
# dies with its owner.
. /lib.sh
tab=$(printf '\t')

# works: the next client finds nothing in its way.
works()
{
	exits 0 tdxupd apply /images/v2.blob
	[ "$(platform version)" = 1.5.28 ]
}

chunks()
{
	host
	talk <<-END
	image-data slot=0 offset=0 data=/images/v2.blob:0:4096${tab}ENOENT
	image-begin slot=0 size=12288${tab}ok
	image-data slot=0 offset=4096 data=/images/v2.blob:4096:4096${tab}ERANGE
	image-data slot=0 offset=0 data=/images/v2.blob:0:4096${tab}ok
	image-data slot=0 offset=0 data=/images/v2.blob:0:4096${tab}ERANGE
	image-data slot=0 offset=2048 data=/images/v2.blob:2048:4096${tab}ERANGE
	image-data slot=0 offset=4096 data=/images/v2.blob:4096:8193${tab}ERANGE
	image-data slot=0 offset=4097 data=/images/v2.blob:4097:1${tab}ERANGE
	image-data slot=0 offset=4294967295 data=/images/v2.blob:0:2${tab}ERANGE
	image-data slot=0 offset=4096 data=/images/v2.blob:4096:1${tab}ok
	image-data slot=0 offset=4097 data=/images/v2.blob:4097:8191${tab}ok
	image-data slot=0 offset=12288 data=/images/v2.blob:0:1${tab}ERANGE
	END
	works
}
check "chunks out of order, overlapping or beyond the size are refused" chunks

sizes()
{
	host
	talk <<-END
	image-begin slot=0 size=0${tab}EINVAL
	image-begin slot=0 size=1${tab}EINVAL
	image-begin slot=0 size=4294967295${tab}EFBIG
	image-begin slot=0 size=2043904${tab}EFBIG
	image-begin slot=0 size=2039808${tab}ok
	image-begin slot=0 size=12288${tab}ok
	END
	works
}
check "impossible sizes are refused" sizes

strictness()
{
	host
	talk <<-END
	image-begin slot=3 size=12288${tab}ERANGE
	image-begin slot=0${tab}EINVAL
	image-data offset=0 data=/images/v2.blob:0:4096${tab}EINVAL
	image-data slot=0 data=/images/v2.blob:0:4096${tab}EINVAL
	image-data slot=0 offset=0${tab}EINVAL
	image-begin size=12288${tab}EINVAL
	image-begin slot=0 size=12288 99=1${tab}EINVAL
	status-get 1=1${tab}EINVAL
	update${tab}ENOENT
	END
	echo 200 | nlraw | grep -q '^EOPNOTSUPP'
	works
}
check "unknown, missing and bad attributes are refused" strictness

incomplete()
{
	host
	talk <<-END
	image-begin slot=0 size=12288${tab}ok
	image-data slot=0 offset=0 data=/images/v2.blob:0:4096${tab}ok
	update${tab}ENOENT
	image-drop slot=0${tab}ok
	image-data slot=0 offset=4096 data=/images/v2.blob:0:4096${tab}ENOENT
	update${tab}ENOENT
	END
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	works
}
check "an update without a complete image is refused" incomplete

# Another client is told so, and what the first one has stays as it is.
second_session()
{
	host
	hold_session "image-begin slot=0 size=12288"
	talk <<-END
	image-begin slot=0 size=12288${tab}EBUSY
	image-data slot=0 offset=0 data=/images/v2.blob:0:4096${tab}EPERM
	image-drop${tab}EPERM
	END
	exits 75 tdxupd apply /images/v2.blob
	[ "$(platform version)" = 1.5.24 ]
	kill -9 "$holder"
	wait_for is_idle
	works
}
is_idle()
{
	tdxupd status --json | grep -Eq '"state": ?"idle"'
}
check "a second session is refused while one is open, and the first ends with its client" second_session

dies_in_upload()
{
	host
	hold_session "image-begin slot=0 size=458752
image-data slot=0 offset=0 data=/images/v2.blob:0:32768"
	kill -9 "$holder"
	wait_for is_idle
	works
}
check "a client killed in the middle of an upload leaves no session behind" dies_in_upload

unloaded_in_upload()
{
	host
	hold_session "image-begin slot=0 size=458752
image-data slot=0 offset=0 data=/images/v2.blob:0:32768"
	rmmod tdx_update
	modprobe tdx_update
	is_idle
	works
	kill -9 "$holder"
}
check "the driver unloaded in the middle of an upload leaves no session behind" unloaded_in_upload

unprivileged()
{
	host
	for command in refresh "image-begin slot=0 size=12288" image-drop check update; do
		echo "$command" >/tmp/command
		chmod 644 /tmp/command
		exits 0 as_nobody 'nlraw </tmp/command'
		says '^EPERM'
	done
	echo status-get >/tmp/command
	exits 0 as_nobody 'nlraw </tmp/command'
	says '^ok$'
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
}
check "every command but status-get is refused to an unprivileged user" unprivileged

# CAP_SYS_ADMIN (21) it must be: who may set up networks (CAP_NET_ADMIN, 12) may not do this.
asks_for_the_right_capability()
{
	host
	for command in refresh "image-begin slot=0 size=12288" \
		"image-data slot=0 offset=0 data=/images/v2.blob:0:4096" image-drop check update; do
		printf 'capability=12\n%s\n' "$command" | nlraw >/tmp/answers
		tail -n 1 /tmp/answers | grep 'EPERM: .*CAP_SYS_ADMIN'
	done
	printf 'capability=21\nrefresh\nimage-begin slot=0 size=12288\nimage-drop\n' | nlraw >/tmp/answers
	printf 'ok\nok\nok\nok\n' | diff - /tmp/answers
}
check "CAP_SYS_ADMIN is needed and enough, CAP_NET_ADMIN is not" asks_for_the_right_capability

# The CPU on which the driver is held up answers nothing: it is the second, and what waits here, its
# timers and its memory (Linux 7 asks every CPU on which that was used) are on the first from the
# beginning, which for a case is here.
read -r pid _ </proc/self/stat
taskset -p 1 "$pid" >/dev/null

# Not only of this family: to find it, nlraw asks the one of all families.
others_go_on()
{
	host
	tell hold
	tell fault SEAMLDR.INFO times=1 hold
	echo refresh | taskset 2 nlraw >/tmp/refreshed &
	slow=$!
	wait_for grep -q 'hits=1' $sim/faults
	echo status-get | nlraw >/tmp/answers &
	quick=$!
	wait_for grep -qx ok /tmp/answers && code=0 || code=$?
	[ ! -s /tmp/refreshed ] || code=1
	tell go
	wait $slow $quick
	grep -qx ok /tmp/refreshed
	[ $code = 0 ]
}
check "while the firmware keeps one client waiting, generic netlink answers others" others_go_on

# What was uploaded is still its owner's while a CHECK looks at it.
a_check_lends()
{
	host
	tell hold
	start_client
	taskset -p 2 $!
	send 0 /images/small-target.blob
	tell fault SEAMLDR.INFO times=1 hold
	echo check >&3
	wait_for grep -q 'hits=1' $sim/faults
	talk <<-END
	image-begin slot=0 size=16384${tab}EBUSY
	image-drop${tab}EPERM
	END
	echo show | nlraw | grep '^status state=2 '
	tell go
	while read -r line <&4 && [ "$line" != ok ]; do :; done
	ask update
	stop_client
	wait_for grep -qx 'version 1.5.28' $sim/platform
}
check "while a CHECK has the images, nobody else can begin, and then they can be applied" a_check_lends

# answered COMMAND ERRNO: by the client that stays, with a sentence.
answered()
{
	echo "$1" >&3
	while read -r line <&4; do
		case $line in
		"$2: "?*) return ;;
		change* | status* | result*) ;;
		*) echo "$line"; return 1 ;;
		esac
	done
	false
}

# ends OUTCOME: the update that was asked for last, with that number, and the state after it.
ends()
{
	ask events
	echo "$answer" | grep -q "^result state=$2 .* outcome=$1 "
}

# looks: how often the bytes of an image were looked at.
looks()
{
	awk '$1 == "looks" { print $2 }' /sys/kernel/tracing/kprobe_profile
}
count_looks()
{
	mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing
	echo 'p:tdxu/looks tdx_update:tdxu_crypto_signature_valid' >/sys/kernel/tracing/kprobe_events
	echo 1 >/sys/kernel/tracing/events/tdxu/looks/enable
}
count_no_more()
{
	echo 0 >/sys/kernel/tracing/events/tdxu/looks/enable
	echo >/sys/kernel/tracing/kprobe_events
}

# Busy, refused, checked, and at last updated: of one upload, whose bytes are looked at once.
images_stay()
{
	host
	tell td run 2
	tell td build 1
	count_looks
	start_client
	ask listen
	send_small 0 target
	send_small 1 same
	ask update
	ends 2 2
	tell log clear
	ask update
	ends 2 2
	[ "$(calls TDH.SYS.SHUTDOWN)" = 1 ]
	talk <<-END
	image-begin slot=0 size=16384${tab}EBUSY
	image-data slot=0 offset=0 data=/images/v2.blob:0:4096${tab}EPERM
	image-drop${tab}EPERM
	update${tab}ENOENT
	END
	tell platform updates_left=0
	ask update
	ends 3 2
	tell platform updates_left=5
	ask check
	[ "$(looks)" = 2 ]
	send_small 1 old
	tell td finish all
	ask update
	ends 1 0
	[ "$(looks)" = 3 ]
	answered update ENOENT
	answered 'image-data slot=0 offset=0 data=/images/v2.blob:0:4096' ENOENT
	stop_client
	count_no_more
	tds total=3 dead=0 corrupted=0
	[ "$(dmesg | grep -c 'tdx_update: replacing TDX module 1\.5\.24')" -ge 2 ]
}
check "after busy and refused the images stay, and are not looked at again" images_stay

# told: how many attempts the log tells of, since the case began.
told()
{
	dmesg | awk '/tdx_update: version .* loaded/ { n = 0 } { line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }' >/tmp/told
	cat /tmp/told
	[ "$(grep -c 'replacing TDX module' /tmp/told)" = "$1" ]
	[ "$(grep -c 'update not done' /tmp/told)" = "$1" ]
}
log_is_short()
{
	host
	tell td build 1
	start_client
	ask listen
	send_small 0 target
	for _ in 1 2 3; do
		ask update
		ends 2 2
	done
	told 1
	send_small 0 same
	ask update
	ends 2 2
	told 2
	stop_client
}
check "of attempts with the same images the log tells once a minute" log_is_short

# images: how many the driver holds.
images()
{
	grep -Ec '(open_slot|tdxu_upload_begin)\S* \[tdx_update\]' /proc/vmallocinfo || true
}

given_back()
{
	host
	tell td build 1
	start_client
	ask listen
	send_small 0 target
	send_small 1 same
	[ "$(images)" = 2 ]
	ask update
	ends 2 2
	[ "$(images)" = 2 ]
	ask image-drop slot=1
	[ "$(images)" = 1 ]
	ask update
	ends 2 2
	ask image-drop
	[ "$(images)" = 0 ]
	answered update ENOENT
	is_idle
	works_beside
	stop_client
}
# While that client still has its socket open.
works_beside()
{
	tell td finish all
	works
}
check "image-drop gives back what stayed, a slot or all, and ends the session" given_back

dies_after_busy()
{
	host
	tell td build 1
	start_client
	ask listen
	send_small 0 target
	ask update
	ends 2 2
	stop_client
	wait_for is_idle
	tell td finish all
	works
}
check "what stayed after busy goes with its socket" dies_after_busy

# hold_update: the client's update is held up on the second CPU; client $client is on the first.
hold_update()
{
	tell hold
	start_client
	client=$!
	ask listen
	ask first
	send_small 0 target
	taskset -p 2 "$client"
	tell fault SEAMLDR.INFO times=1 hold
	ask update
	wait_for grep -q 'hits=1' $sim/faults
	taskset -p 1 "$client"
}

# While an update runs its images are nobody's to change: its client's neither.
an_update_lends()
{
	host
	hold_update
	answered 'image-begin slot=0 size=16384' EBUSY
	answered 'image-begin slot=1 size=16384' EBUSY
	answered 'image-data slot=0 offset=16384 data=/images/v2.blob:0:1' EBUSY
	answered image-drop EBUSY
	answered update EALREADY
	talk <<-END
	image-begin slot=0 size=16384${tab}EBUSY
	image-data slot=0 offset=0 data=/images/v2.blob:0:1${tab}EPERM
	image-drop${tab}EPERM
	END
	tell go
	ends 1 0
	stop_client
}
check "while an update runs nobody changes its images" an_update_lends

# It is begun, so it is done; but only then is there room for others.
orphaned()
{
	host
	hold_update
	ask close
	talk <<-END
	image-begin slot=0 size=16384${tab}EBUSY
	image-data slot=0 offset=0 data=/images/v2.blob:0:1${tab}EBUSY
	image-drop${tab}EBUSY
	END
	tell go
	stop_client
	wait_for grep -qx 'version 1.5.28' $sim/platform
	wait_for is_idle
	talk <<-END
	image-begin slot=0 size=16384${tab}ok
	END
}
check "an update whose client has gone keeps others out until its end" orphaned

# As without force, if the update begins when rmmod has. The last case: force ends lockdep.
removed_by_force()
{
	host
	tell td run 4
	hold_update
	rmmod -f tdx_update &
	wait_for eval '! echo refresh | nlraw | grep -q ^EBUSY'
	tell go
	wait $!
	[ "$(platform version)" = 1.5.28 ]
	exec 3>&- 4<&-
	wait $client
	tell td enter all
	tds running=4 dead=0 corrupted=0
}
check "a driver that goes, by force or not, ends its update first" removed_by_force
