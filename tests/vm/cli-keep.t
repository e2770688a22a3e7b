#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tdxupd from cron, against the real driver: the lock, the kept image as fallback, and the choice
# from a directory laid out as the publisher does.
. /lib.sh

kept='/var/lib/tdxupd/*.blob'

# 1.5.24 runs; v1.blob and v2.blob are both 1.5.28, and other.so is another 1.5.28.
fresh_host()
{
	rm -rf /run/tdxupd
	host
}

one_at_a_time()
{
	fresh_host
	apply_waits /tmp/first
	exits 75 tdxupd apply /images/v1.blob
	says 'another tdxupd is already applying an image'
	exits 75 tdxupd apply /images/v1.blob --quiet --json
	says '"errno": ?"EBUSY"'
	tdxupd apply /images/v1.blob --retry-for 10m >/tmp/second 2>&1 &
	second=$!
	tell td finish all
	wait $waiting
	wait $second
	[ "$(platform version)" = 1.5.28 ]
}
check "one apply at a time: the second is told who holds the lock, or waits for it" one_at_a_time

killed()
{
	fresh_host
	apply_waits /tmp/first
	kill -KILL $waiting
	tell td finish all
	exits 0 tdxupd apply /images/v2.blob
}
check "a killed apply leaves no lock behind" killed

kept_after_success()
{
	fresh_host
	exits 0 tdxupd status
	says 'Kept image +none'
	exits 0 tdxupd apply /images/v2.blob
	cmp /images/v2.blob $kept
	[ "$(stat -c %a $kept)" = 600 ]
	[ "$(stat -c %a /var/lib/tdxupd)" = 700 ]
	exits 0 tdxupd status
	says 'Kept image +the running module'
	exits 0 tdxupd status --json
	says '"state": ?"usable"'
	exits 0 as_nobody 'tdxupd status'
	says 'only root may read it'
}
check "the applied image is kept, for root only, and status says so" kept_after_success

# The next image installs and does not initialise; what ran before comes back.
default_fallback()
{
	fresh_host
	tell td run 2
	exits 0 tdxupd apply /images/small-target.blob
	exits 74 tdxupd apply /images/small-deaf.blob --json
	says '"outcome": ?"rolled-back"'
	cmp /images/small-target.blob $kept
	tds total=2 running=2 dead=0 corrupted=0
	exits 0 tdxupd status
	says 'Kept image +the running module'
}
check "the kept image is the fallback when the next one does not work" default_fallback

unwanted_fallback()
{
	fresh_host
	exits 0 tdxupd apply /images/v2.blob
	exits 0 tdxupd apply /images/other.so --no-fallback --json
	says '"fallback": ?null'
	exits 0 tdxupd apply /images/v2.blob --json
	says '"fallback": ?\{'
}
check "--no-fallback leaves it out" unwanted_fallback

# After a reboot into another module.
foreign()
{
	fresh_host
	exits 0 tdxupd apply /images/v2.blob
	rmmod tdx_update
	tell reset
	modprobe tdx_update
	exits 0 tdxupd status
	says 'Kept image +not used as fallback: its SEAMHASH is not the MRSEAM'
	exits 0 tdxupd apply /images/other.so
	says 'kept image is not used'
	! cmp -s /images/v2.blob $kept || false
}
check "a kept image that is not what runs is not used, and status says so" foreign

# A fallback that could not take the target's place must not stand in the way of an update.
unfit()
{
	fresh_host
	exits 0 tdxupd apply /images/v2.blob
	tell platform svn=1.15
	exits 65 tdxupd apply /images/other.so --fallback /images/v2.blob
}
check "a fallback that was given is strict" unfit

# What this host lets a process write, and where: none of it is the image's fault or changes the end.
limits()
{
	fresh_host
	exits 1 sh -c 'tdxupd apply /images/v2.blob --dry-run >/dev/full'
	says 'its output could not be written \(No space left on device\)'
	exits 1 sh -c 'tdxupd apply /images/v2.blob --dry-run --json >/dev/full'
	exits 1 sh -c 'ulimit -n 4; exec tdxupd apply /images/v2.blob --dry-run'
	says 'too many files are open; raise the limit'
	mkdir -p /var/lib/tdxupd
	mount -t tmpfs -o ro none /var/lib/tdxupd
	exits 0 tdxupd apply /images/v2.blob --quiet
	says 'kept as a fallback: .*Read-only file system\); mount it writable'
	umount /var/lib/tdxupd
	[ "$(platform version)" = 1.5.28 ]
}
check "a full output, too few files and a read-only /var/lib are called so" limits

# The signal that comes with it would end the program after the update. What runs is no longer what
# was kept.
no_large_files()
{
	fresh_host
	exits 0 tdxupd apply /images/v2.blob
	exits 0 sh -c 'ulimit -f 8; exec tdxupd apply /images/other.so --quiet'
	says 'kept as a fallback: .*File too large\); raise `ulimit -f`'
	[ -z "$(find /var/lib/tdxupd -name '*.new.*')" ]
	! cmp -s /images/v2.blob $kept
	exits 0 tdxupd history
	[ "$(grep -c updated $output)" = 2 ]
}
check "an update under a limit on file sizes ends well, and leaves no half of a file" no_large_files

publish()
{
	rm -rf /tmp/tdx
	mkdir -p /tmp/tdx/joined_files/1.5 /tmp/tdx/separate_files/1.5/1.5.28
	cp /images/v2.blob /tmp/tdx/joined_files/1.5/tdx_module_1.5.28.blob
	cp /images/broken-hash.blob /tmp/tdx/joined_files/1.5/tdx_module_1.5.34.blob
	cat >/tmp/tdx/mapping_file.json <<-END
		{ "tdx_module_releases": [ {
			"version": "1.5.28",
			"min_module_version_for_td_preserving": "1.5.01",
			"min_seamldr_versions": [ "1.5.00", "2.0.00" ]
		} ] }
	END
}

newest()
{
	fresh_host
	publish
	exits 0 tdxupd list /tmp/tdx
	says '\* 1.5.28 +installable'
	says 'refused: SHA-384 of the module is not'
	tell td build 1
	exits 75 tdxupd apply --newest /tmp/tdx
	tell td finish all
	exits 0 tdxupd apply --newest /tmp/tdx
	[ "$(platform version)" = 1.5.28 ]
	exits 0 tdxupd list /tmp/tdx --json
	says '"verdict": ?"running"'
	exits 65 tdxupd apply --newest /tmp/tdx
	says '1.5.34 is there and cannot be used: SHA-384 of the module is not'
	rm /tmp/tdx/joined_files/1.5/tdx_module_1.5.34.blob
	tell log clear
	exits 0 tdxupd apply --newest /tmp/tdx
	says 'nothing to do'
	exits 0 tdxupd apply --newest /tmp/tdx --quiet
	[ ! -s $output ]
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
}
check "the newest image that fits is chosen, and nothing is done when it runs" newest

# publish_small VERSION=IMAGE...: a directory with these.
publish_small()
{
	rm -rf /tmp/tdx
	mkdir -p /tmp/tdx/joined_files/1.5
	releases=
	for pair; do
		cp "/images/small-${pair#*=}.blob" "/tmp/tdx/joined_files/1.5/tdx_module_${pair%=*}.blob"
		releases="$releases${releases:+, }{ \"version\": \"${pair%=*}\",
			\"min_module_version_for_td_preserving\": \"1.5.01\",
			\"min_seamldr_versions\": [ \"1.5.00\", \"2.0.00\" ] }"
	done
	echo "{ \"tdx_module_releases\": [ $releases ] }" >/tmp/tdx/mapping_file.json
}

# runs VERSION: with both TDs on it.
runs()
{
	[ "$(platform version)" = "$1" ]
	tell td enter all
	tds total=2 running=2 dead=0 corrupted=0
}

# 1.5.26 runs, and nothing is kept of it.
never_updated()
{
	fresh_host
	exits 0 tdxupd apply /images/small-old.blob
	rm -rf /var/lib/tdxupd
	tell td run 2
}

first_update()
{
	never_updated
	publish_small 1.5.26=old 1.5.28=target
	tell fault SEAMLDR.INSTALL call=2 status=0x8000000000020000
	exits 74 tdxupd apply /tmp/tdx/joined_files/1.5/tdx_module_1.5.28.blob
	says 'Fallback +the running module 1.5.26, /tmp/tdx/joined_files/1.5/tdx_module_1.5.26.blob'
	says 'replaces the image if P-SEAMLDR refuses it, not once it is installed'
	says 'Way out +none'
	runs 1.5.26
	exits 0 tdxupd apply --newest /tmp/tdx --json
	says '"fallback": ?"refused"'
	runs 1.5.28
}
check "the first update of a host has a fallback: the publisher's image of what runs" first_update

efi_system_partition()
{
	never_updated
	mkdir -p /boot/efi/EFI/TDX
	tdxupd unpack /images/small-old.blob --output /boot/efi/EFI/TDX/TDX-SEAM.so
	mv /boot/efi/EFI/TDX/TDX-SEAM.sigstruct /boot/efi/EFI/TDX/TDX-SEAM.so.sigstruct
	tell fault SEAMLDR.INSTALL call=2 status=0x8000000000020000
	exits 74 tdxupd apply /images/small-target.blob
	says 'Fallback +the running module 1.5.26, /boot/efi/EFI/TDX/TDX-SEAM.so'
	rm -r /boot/efi
	runs 1.5.26
}
check "a fallback on the EFI system partition is found" efi_system_partition

# The target is installed and never comes into service: what ran before is too old for P-SEAMLDR.
way_out()
{
	never_updated
	publish_small 1.5.26=old 1.5.27=same 1.5.28=target
	tell fault TDH.SYS.LP.INIT module=1.5.28 forever status=0xc000092000000480
	exits 74 tdxupd apply --newest /tmp/tdx
	says 'Way out +1.5.27 \(file name, unverified\), /tmp/tdx/'
	says 'replaces the image if P-SEAMLDR refuses it, and if it is installed and does not work'
	runs 1.5.27
}
check "a way out is found, and rescues where only it can be installed" way_out

without_a_way_out()
{
	never_updated
	publish_small 1.5.26=old 1.5.28=target
	tell fault TDH.SYS.LP.INIT module=1.5.28 forever status=0xc000092000000480
	exits 70 tdxupd apply --newest /tmp/tdx
	says 'Way out +none'
}
check "the very same without a way out is lost" without_a_way_out

watching()
{
	fresh_host
	tdxupd status --watch >/tmp/watched 2>&1 &
	watcher=$!
	wait_for grep -q 'TDX module +1.5.24\|TDX module  *1.5.24' /tmp/watched
	exits 0 tdxupd apply /images/v2.blob
	wait_for grep -q 'TDX module  *1.5.28' /tmp/watched
	kill -TERM $watcher
	wait $watcher
}
check "status --watch follows an update, and ends with success when it is told to" watching

# Closed streams, whose places files could take; and a reader that goes away in between.
nobody_listens()
{
	fresh_host
	tdxupd apply /images/v2.blob <&- >&- 2>&-
	cmp /images/v2.blob $kept
	fresh_host
	tell td build 1
	tell log clear
	mkfifo /tmp/pipe
	tdxupd apply /images/v2.blob --retry-for 10m >/tmp/pipe 2>&1 &
	client=$!
	: </tmp/pipe
	wait_for shut_down_once
	tell td finish all
	wait $client
	[ "$(platform version)" = 1.5.28 ]
}
check "an update is made and its image kept whole, whether or not somebody listens" nobody_listens

metrics()
{
	fresh_host
	exits 0 tdxupd apply /images/v2.blob
	exits 0 tdxupd status --prometheus
	says '^tdx_update_up 1$'
	says '^tdx_module_info\{version="1.5.28",mrseam="[0-9a-f]{96}"\} 1$'
	says '^tdx_update_last_outcome\{outcome="updated"\} 1$'
}
check "status --prometheus tells what runs and how the last update ended" metrics

# A line that a crash has torn, a driver that was loaded anew, another user: all attempts are told.
history()
{
	fresh_host
	tell td build 1
	exits 75 tdxupd apply /images/v2.blob
	tell td finish all
	exits 0 tdxupd apply /images/v2.blob
	printf '{"time":1764' >>/var/lib/tdxupd/history.jsonl
	rmmod tdx_update
	tell reset
	modprobe tdx_update
	exits 0 tdxupd apply /images/other.so
	exits 0 tdxupd history
	says 'busy +1.5.24 -> .* by uid 0'
	says '1 TD is being built'
	says 'updated +1.5.24 -> 1.5.28, stopped for [0-9.]+ ms, by uid 0'
	says '1 lines of /var/lib/tdxupd/history.jsonl are not readable'
	[ "$(stat -c %a /var/lib/tdxupd/history.jsonl)" = 600 ]
	exits 0 tdxupd status --prometheus
	says '^tdx_update_attempts_total\{outcome="updated"\} 2$'
	says '^tdx_update_attempts_total\{outcome="busy"\} 1$'
	says '^tdx_update_history_unreadable_lines 1$'
	exits 77 as_nobody 'tdxupd history'
	exits 0 as_nobody 'tdxupd status --prometheus'
	! says attempts_total || false
}
check "every attempt is in the history, and counted" history

# As the kernel counts it, with an image to look at.
frugal()
{
	fresh_host
	exits 0 tdxupd apply /images/v2.blob
	exits 0 time -f '%M KiB at most' tdxupd status
	# busybox takes what the kernel counts in KiB for pages of 4 KiB.
	[ "$(sed -n 's/ KiB at most//p' $output)" -lt $((4 * 5120)) ]
}
check "status takes less than 5 MiB of memory, with a kept image, too" frugal
