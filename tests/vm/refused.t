#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What cannot go well is refused before the point of no return: the log shows no SHUTDOWN.
. /lib.sh

# refuses CODE REGEX IMAGE: and nothing has happened to anything.
refuses()
{
	tell td run 8
	fingerprint >/tmp/before
	version=$(platform version)
	tell log clear
	exits "$1" tdxupd apply "/images/$3"
	says "$2"
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	[ "$(platform version)" = "$version" ]
	tds running=8 dead=0 corrupted=0
	fingerprint | diff /tmp/before -
}

too_old()
{
	host version=1.5.16 features0=0x226f3f0fbf
	refuses 78 '1\.5\.16.*1\.5\.24' v2.blob
}
check "a running module older than 1.5.24 is refused by the gate" too_old

more_than_is_known()
{
	host features0=0xd1b26f3f0fbf
	refuses 69 'add-on features \(TDX_FEATURES0 bit 39\).*the kernel.s own updater' v2.blob
	host hv=3
	refuses 69 'running module writes handoff version 3, and 2 is the highest' v2.blob
}
check "what an update would switch off, and handoff versions that nobody knows, are refused" more_than_is_known

one_cpu_offline()
{
	host
	echo 0 >/sys/devices/system/cpu/cpu1/online
	refuses 78 'CPU.*1|cpu1' v2.blob
	echo 1 >/sys/devices/system/cpu/cpu1/online
	exits 0 tdxupd apply /images/v2.blob
	[ "$(platform version)" = 1.5.28 ]
	tds running=8 dead=0 corrupted=0
}
check "an offline CPU is refused by name, and online again it works" one_cpu_offline
echo 1 >/sys/devices/system/cpu/cpu1/online

no_updates_left()
{
	host updates_left=0
	refuses 78 'update' v2.blob
}
check "a host without an update left until reboot is refused" no_updates_left

no_seamldr()
{
	host seamldr=0
	refuses 69 'P-SEAMLDR' v2.blob
}
check "a host without P-SEAMLDR is refused" no_seamldr

# The driver loads everywhere, so that it can be installed before the BIOS is set up.
no_seam()
{
	unload
	modprobe tdx_update
	exits 0 tdxupd status
	says 'nsupported|no TDX module|not supported'
	exits 69 tdxupd apply /images/v2.blob
}
check "on a machine without SEAM the driver loads, and says so" no_seam

broken()
{
	host
	refuses 65 "$2" "broken-$1.blob"
}
check "an image whose pages are not what was signed is refused" broken hash 'hash'
check "an image with a wrong checksum is refused" broken checksum 'checksum'
check "an image with a strange header is refused" broken header 'reserved|header'
check "an image with a strange sigstruct is refused" broken sigstruct 'reserved|sigstruct'

# User space may be wrong or lie: the kernel looks for itself.
kernel_refuses_hash()
{
	host
	tell td run 8
	tell log clear
	upload broken-hash.blob | nlraw
	wait_for finished
	says '"check": ?"hash"'
	says '"outcome": ?"refused"'
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	tds running=8 dead=0 corrupted=0
}
# upload IMAGE: the raw commands for it.
upload()
{
	size=$(stat -c %s "/images/$1")
	echo "image-begin slot=0 size=$size"
	for offset in $(seq 0 32768 $((size - 1))); do
		bytes=$((size - offset < 32768 ? size - offset : 32768))
		echo "image-data slot=0 offset=$offset data=/images/$1:$offset:$bytes"
	done
	echo update
}
finished()
{
	exits 0 tdxupd status --json
	says '"outcome"'
}
check "the kernel itself refuses a corrupted image" kernel_refuses_hash

# weak KEY CHECK: signed by it, and it is what signer= names. The driver and tdxupd say the same.
weak()
{
	platform_only
	modprobe tdx_update signer="$(cat "/images/weak-$1.signer")"
	echo refresh | nlraw
	tell td run 8
	tell log clear
	export TDXUPD_SIGNER="$(cat "/images/weak-$1.signer")"
	exits 65 tdxupd inspect "/images/weak-$1.blob"
	says '^pass +signer'
	says "^fail +$2"
	sed -n "s/^fail  *$2  *//p" $output >/tmp/said
	exits 65 tdxupd apply "/images/weak-$1.blob"
	says "$(sed 's/[()]/./g' /tmp/said)"
	upload "weak-$1.blob" | nlraw
	wait_for finished
	says "\"check\": ?\"$2\""
	says '"outcome": ?"refused"'
	grep -Fq "$(cat /tmp/said)" $output
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	tds running=8 dead=0 corrupted=0
}
check "a key of 3071 bits is refused, by the kernel and before" weak short signature
check "a key with the exponent 3 is refused, by the kernel and before" weak small signature
check "and one that the image says to have it" weak said sigstruct

# Files that are no images. None may cost anything.
bad_file()
{
	host
	refuses 65 "$2" "$1"
}
head -c 100000 /images/v2.blob >/images/truncated.blob
cat /images/v2.blob /images/module.so >/images/long.blob
dd if=/dev/zero bs=1M count=3 2>/dev/null | cat /images/v2.blob - >/images/oversized.blob
: >/images/empty.blob
head -c 458752 /dev/urandom >/images/random.blob
mkdir /images/directory.blob
cp /images/module.so /images/mismatch.so
cp /images/other.sigstruct /images/mismatch.sigstruct
cp /images/module.so /images/lonely.so
check "a truncated file is refused" bad_file truncated.blob 'truncated.blob'
check "a file with something behind the image is refused" bad_file long.blob 'long.blob'
check "a file larger than any image is refused" bad_file oversized.blob 'oversized.blob'
check "an empty file is refused" bad_file empty.blob 'empty'
check "random bytes are refused" bad_file random.blob 'random.blob'
check "a directory is refused" bad_file directory.blob 'directory'
check "a missing file is refused" bad_file missing.blob 'missing.blob.*[Nn]o such file'
check "a module with another one's sigstruct is refused" bad_file mismatch.so 'SEAMHASH'
check "a module without its sigstruct is refused" bad_file lonely.so 'sigstruct'

unprivileged()
{
	host
	tell td run 8
	tell log clear
	exits 77 as_nobody 'tdxupd apply /images/v2.blob'
	says '[Rr]oot|privilege|CAP_SYS_ADMIN|permitted'
	exits 0 as_nobody 'tdxupd status'
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	[ "$(platform version)" = 1.5.24 ]
}
check "an unprivileged user is refused, and may look" unprivileged

# P-SEAMLDR waits for a CPU that the kernel does not have, and does not say so.
hidden_cpu()
{
	host lps=3
	tell reset
	tell fault SEAMLDR.SEAMINFO forever "$1"
	refuses 78 "P-SEAMLDR waits for \(SEAMLDR.SEAMINFO\) could not be asked for \(RAX 0x8000" v2.blob
}
check "a P-SEAMLDR that does not say how many CPUs it waits for is not called" hidden_cpu vmfail
check "nor one that answers with an error" hidden_cpu status=0x8000000000010003

# field NAME ID: it cannot be read, everything else can.
field()
{
	host
	tell fault TDH.SYS.RD "field=$2" forever status=0x8000020300000000
	refuses 78 "$1 could not be asked for \(RAX 0x8000020300000000 TDX_RND_NO_ENTROPY\); try again" v2.blob
	exits 0 tdxupd
	says "$3"
	! says 'Handoff .*version 0,|, 0 pages' || false
	exits 0 tdxupd status --json
	says "$4"
	tell fault clear
	exits 0 tdxupd apply /images/v2.blob
	tds running=8 dead=0 corrupted=0
}
check "a module whose features cannot be read is not replaced" field TDX_FEATURES0 0x0a00000300000008 \
	'Race protection not known' '"race_protection": null'
check "nor without its handoff version" field MODULE_HV 0x8900000100000000 \
	'versions not known' '"newest": null'
check "nor without the least of them" field MIN_UPDATE_HV 0x8900000100000001 \
	'versions not known' '"oldest": null'
check "nor without knowing whether it goes back" field NO_DOWNGRADE 0x8900000000000002 \
	'versions not known' '"no_downgrade": null'
check "nor without the size of its handoff area" field NUM_HANDOFF_PAGES 0x8900000100000003 \
	'pages not known' '"pages": null'

# As a read of the kernel's own driver in sysfs would be.
seamldr_is_met()
{
	host
	tell fault SEAMLDR.INFO times=3 vmfail
	tell fault SEAMLDR.SEAMINFO times=3 vmfail
	exits 0 tdxupd apply /images/v2.blob
	[ "$(platform version)" = 1.5.28 ]
	[ "$(grep -c 'hits=3$' $sim/faults)" = 2 ]
}
check "a P-SEAMLDR that another caller keeps for a moment is asked again" seamldr_is_met
