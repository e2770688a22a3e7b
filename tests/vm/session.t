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
	tell go
	while read -r line <&4 && [ "$line" != ok ]; do :; done
	ask update
	stop_client
	wait_for grep -qx 'version 1.5.28' $sim/platform
}
check "while a CHECK has the images, nobody else can begin, and then they can be applied" a_check_lends
