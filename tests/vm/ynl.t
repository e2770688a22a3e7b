#!/usr/bin/env -S tests/vm/ynl/run.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's generic netlink client works with docs/netlink/tdx_update.yaml, unchanged.
. /lib.sh

# ynl: the client. Replies use the specification's words.
export PATH="$PATH:/usr/bin"

status()
{
	host
	echo status-get | exits 0 ynl
	says '"state": "idle", "phase": "none", "update-id": 0, "module": \{"major": 1, "minor": 5, '
	says '"features0": "0xd1326f3f0fbf"'
	says "\"mrseam\": \"$(platform mrseam | sed 's/../& /g; s/ $//')\""
	says '"cpus-online": 2, "cpus-present": 2, "erratum": "none", "driver": "[0-9.]+", '
	says '"minimum": "1\.5\.24"'
	! says '"result"|"blocker"' || false
	tell platform updates_left=0
	echo refresh | exits 0 ynl
	says '"blocker": \[\{"name": "updates-left", "verdict": "fail", "errno": 28, "message": "'
}
check "status-get and refresh" status

upload='image-begin {"slot": "target", "size": 16384}
image-data {"slot": "target", "offset": 0, "data": "/images/small-target.blob"}'

update()
{
	host
	tell td run 4
	tell fault TDH.SYS.INIT times=3 status=0x8000020300000000
	printf '%s\n' 'subscribe events' "$upload" check update events | exits 0 ynl
	says '^\{"check": \[\{"name": "system", "verdict": "pass", "errno": 0, "message": "'
	says '"name": "memory", "verdict": "unknown"'
	says '^\{"id": 1\}'
	grep '"name": "state-change-ntf"' $output | sed 's/.*"state": "\([a-z]*\)", "phase": "\([a-z-]*\)".*/\1 \2/' >/tmp/states
	cat /tmp/states
	[ "$(echo $(cat /tmp/states))" = "loading none ready none updating none updating preflight \
updating recheck updating shutdown updating install updating init updating cpu-init \
updating handoff updating verify idle none" ]
	says '"name": "result-ntf", .*"outcome": "updated", "errno": 0, "message": "updated"'
	says '"phase": "init", "start-ns": [0-9]+, "end-ns": [0-9]+, "retries": 3'
	[ "$(platform version)" = 1.5.28 ]
	tds running=4 dead=0 corrupted=0
}
check "image-begin, image-data, check, update and the events" update

drop()
{
	host
	printf '%s\n' "$upload" 'image-drop {"slot": "target"}' "$upload" image-drop check |
		exits 0 ynl
	says '"error": 2, "message": "Netlink error: this socket has uploaded no complete target'
}
check "image-drop, of one slot and of all" drop

# Of one upload, as long as nothing happens to the host.
busy()
{
	host
	tell td build 1
	printf '%s\n' 'subscribe events' "$upload" update events update events image-drop update |
		exits 0 ynl
	[ "$(grep -c '"name": "result-ntf", .*"outcome": "busy"' $output)" = 2 ]
	[ "$(grep -c '"state-change-ntf", .*"state": "ready"' $output)" = 3 ]
	says '"error": 2, "message": "Netlink error: this socket has uploaded no complete target'
}
check "after busy the image stays, and image-drop forgets it" busy

errors()
{
	host
	printf '%s\n' 'image-begin {"slot": "target", "size": 1}' 'image-begin {"slot": "target"}' \
		'image-data {"slot": "fallback", "offset": 0, "data": "/images/small-target.blob"}' |
		exits 0 ynl
	says '"error": 22, "message": "Netlink error: no image has this size: '
	says '"error": 22, "message": "Netlink error: an attribute is missing'
	says '"error": 2, "message": "Netlink error: no upload is open for this slot; begin with'
}
check "errors come with their sentence" errors
