#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What can fail in the kernel while an update is prepared: one of its functions returns what it
# would (fail_return.ko). Nothing is touched, the cause is named, and the next try works.
. /lib.sh

ENOENT=-2
ENOMEM=-12
EBUSY=-16

# kernel_has SYMBOL...: the first of these that this kernel has.
kernel_has()
{
	for symbol; do
		if grep -qw "$symbol" /proc/kallsyms; then
			echo "$symbol"
			return
		fi
	done
	false
}

# fails SYMBOL VALUE [CALL]: on a new host with TDs, from now on.
fails()
{
	host
	tell td run 4
	modprobe fail_return symbol="$1" value="$2" call="${3-1}"
}

# calls_made: how often that function was called.
calls_made()
{
	cat /sys/module/fail_return/parameters/calls
}

sound()
{
	rmmod fail_return
	[ "$(platform version)" = 1.5.24 ]
	exits 0 tdxupd apply /images/small-target.blob --no-fallback
	[ "$(platform version)" = 1.5.28 ]
	tds running=4 dead=0 corrupted=0
}

# cause SYMBOL VALUE CALL SENTENCE
cause()
{
	fails "$1" "$2" "$3"
	exits 74 tdxupd apply /images/small-target.blob --no-fallback
	says "$4"
	[ "$(calls_made)" -ge "$3" ]
	sound
}
check "no SHA-384 in the kernel is named" cause crypto_alloc_shash $ENOENT 1 \
	'not be prepared \(.*SHA-384, crypto algorithm sha384: error 65\); .* see that the kernel has it'
check "no SHA-384 for the signature is named" cause crypto_alloc_shash $ENOENT 3 \
	'not be prepared \(.*RSA with SHA-384, crypto algorithms rsa and sha384: error 65\); .* see that the kernel has it'
check "no RSA in the kernel is named" cause crypto_alloc_akcipher $ENOENT 1 \
	'not be prepared \(.*RSA with SHA-384, crypto algorithms rsa and sha384: error 65\); .* see that the kernel has it'
check "no memory for RSA is named" cause crypto_alloc_akcipher $ENOMEM 1 \
	'not be prepared \(.*RSA.*: out of memory\); nothing was touched, try again when there is more'
check "CPUs that cannot be stopped are named" cause stop_machine $EBUSY 1 \
	'not be prepared \(stopping the CPUs: error 16\); nothing was touched, try again, and see dmesg if it stays so'
check "no memory for stopping the CPUs is named" cause stop_machine $ENOMEM 1 \
	'not be prepared \(stopping the CPUs: out of memory\); nothing was touched, try again when there is more'

# Asked by a dry run, too.
lacking()
{
	fails "$1" $ENOENT
	exits 1 tdxupd apply /images/small-target.blob --dry-run
	says 'this kernel lacks the crypto algorithm sha384 or rsa; see that it has both'
	sound
}
check "a dry run without SHA-384 in the kernel says so" lacking crypto_alloc_shash
check "a dry run without RSA in the kernel says so" lacking crypto_alloc_akcipher

# Nothing but a lack of memory may be said, whichever call of it fails; up to one that is not made.
short()
{
	passed=0 failed=0 call=0
	while [ $passed = 0 ]; do
		call=$((call + 1))
		fails "$1" "$2" $call
		tdxupd apply /images/small-target.blob --no-fallback >$output 2>&1 && code=0 || code=$?
		cat $output
		if [ "$(calls_made)" -lt $call ]; then
			passed=1
			[ $code = 0 ]
		elif [ $code != 0 ]; then
			failed=$((failed + 1))
			says '[Oo]ut of memory|memory ran out'
			sound
		fi
		rmmod fail_return || true
	done
	[ $failed -ge "$3" ]
}
# None of these is a signature that is not valid.
check "a multi-precision integer of RSA that cannot be had" short mpi_alloc 0 3
check "the limbs of such an integer" short mpi_alloc_limb_space 0 3
check "the key as such an integer" short mpi_read_raw_data 0 2
check "the signature as such an integer" short mpi_read_raw_from_sgl 0 1
check "room for RSA's power" short mpi_powm $ENOMEM 1
check "an RSA that fails otherwise is no invalid signature" cause mpi_powm -5 1 \
	'not be prepared \(.*RSA.*: error 5\); nothing was touched, try again, and see dmesg if it stays so'
check "an image's buffer, the window, and what is asked of all CPUs" \
	short "$(kernel_has vzalloc_noprof vzalloc)" 0 3
check "room for verdicts" short "$(kernel_has __kvmalloc_node_noprof kvmalloc_node)" 0 1
