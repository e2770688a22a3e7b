#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The set-up where it cannot succeed: it says why in one sentence, and the next run goes on from
# there. The commands that would reach the archive or ask the machine are stand-ins. TAP on stdout.
# shellcheck disable=SC2016,SC2028,SC2317 # stand-ins are scripts; cases are called by name
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tests/vm" "$work/bin" "$work/build/cache"
cp tests/vm/setup.sh tests/vm/kernels.sh "$work/tests/vm/"
# Nothing else is found: no sudo.
for tool in awk cat cp dirname env find grep head ln mkdir mv realpath rm sed sh sort tail tar tr \
	uniq; do
	ln -s "$(command -v $tool)" "$work/bin/$tool"
done

# stand_in NAME: the script on stdin
stand_in()
{
	rm -f "$work/bin/$1"
	{
		echo '#!/bin/sh'
		cat
	} >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

# A machine on which all goes well. What apt-get was asked for is in "asked".
machine()
{
	rm -rf "$work/build"
	mkdir -p "$work/build/cache"
	: >"$work/asked"
	: >"$work/build/cache/promtool"
	chmod +x "$work/build/cache/promtool"
	echo 'echo 0' | stand_in id
	echo 'echo installed' | stand_in dpkg-query
	echo "echo \"\$*\" >>$work/asked" | stand_in apt-get
	echo 'printf "Depends: linux-image-6.9.9-%s\n" "${2#linux-image-}"' | stand_in apt-cache
	printf '%s\n' 'echo head' 'echo x 9999999 1 8888888 1% /' | stand_in df
	echo "exec $(command -v tar) -c -C $work/kernel ." | stand_in dpkg-deb
	echo 'mkdir -p "$2"' >"$work/tests/vm/apt.sh"
	echo 'cat "$1"' >"$work/tests/vm/vmlinux.sh"
	chmod +x "$work"/tests/vm/*.sh
}

# What a kernel's packages have in them, whichever is asked for.
make_kernel()
{
	for flavour in amd64 rt-amd64; do
		mkdir -p "$work/kernel/usr/src/linux-headers-6.9.9-$flavour" \
			"$work/kernel/lib/modules/6.9.9-$flavour"
		: >"$work/kernel/usr/src/linux-headers-6.9.9-$flavour/Makefile"
		: >"$work/kernel/lib/modules/6.9.9-$flavour/modules.order"
	done
	rm -r "$work"/kernel/*/*/*rt-amd64
	mkdir -p "$work/kernel/boot"
	echo kernel >"$work/kernel/boot/vmlinuz-6.9.9"
}

# set_up [FILE]: with FILE as /etc/os-release; what it says is kept.
set_up()
{
	[ "$(/usr/bin/id -u)" = 0 ] && as= || as=--map-root-user
	# shellcheck disable=SC2086 # an option or none
	unshare --mount $as sh -c "mount --bind $1 /etc/os-release &&
		PATH=$work/bin exec $work/tests/vm/setup.sh" >"$work/out" 2>"$work/err"
}

# refused SENTENCE: it has failed, and its own words are this one line.
refused()
{
	[ "$code" = 1 ] && [ "$(grep -c '^setup: ' "$work/err")" = 1 ] &&
		tail -n 1 "$work/err" | grep -Eq "^setup: $1"
}

failed=0
report()
{
	if "$@"; then
		echo "ok - $sentence"
	else
		echo "not ok - $sentence (exit code $code)"
		sed 's/^/# /' "$work/out" "$work/err" "$work/asked"
		failed=1
	fi
}

run()
{
	set_up "$work/release"
	code=$?
}

printf 'VERSION_CODENAME=bookworm\n' >"$work/release"
printf 'PRETTY_NAME="Plan 9"\nVERSION_CODENAME=four\n' >"$work/other"
make_kernel
echo 1..8

sentence="another release: one sentence that names those that are supported, and nothing is tried"
machine
set_up "$work/other"
code=$?
nothing_tried()
{
	refused 'this is Plan 9, .*12 \(bookworm\) and 13 \(trixie\)' && [ ! -s "$work/asked" ]
}
report nothing_tried

sentence="neither root nor sudo: it names the command for root"
machine
echo 'echo 1000' | stand_in id
echo 'case $4 in check) ;; *) echo installed ;; esac' | stand_in dpkg-query
run
report refused "not root and no sudo; as root, run 'apt-get install check', then"

sentence="no network: it says where to look"
machine
echo 'case $4 in check) ;; *) echo installed ;; esac' | stand_in dpkg-query
echo '[ "$2" = update ] || { echo "E: Unable to locate package check" >&2; exit 100; }' |
	stand_in apt-get
run
report refused 'installing packages failed, for the reason above; .*network'

sentence="a full disk: it says which, and how much it takes"
printf '%s\n' 'echo head' 'echo x 9999999 1 1000 99% /' | stand_in df
run
report refused 'installing packages failed, and the disk of .* is nearly full; have 8 GB free'

sentence="a kernel that is fetched by half: it fails"
machine
echo "$(command -v tar) -c -C $work/kernel . | head -c 700" | stand_in dpkg-deb
echo "echo \"\$*\" >>$work/asked; case \$* in *download*) : >kernel.deb ;; esac" | stand_in apt-get
run
report refused 'fetching kernels failed'

sentence="... and is no kernel"
none() { [ -z "$(PATH=$work/bin "$work/tests/vm/kernels.sh" --default)" ]; }
report none

sentence="... which the next run fetches anew"
echo "exec $(command -v tar) -c -C $work/kernel ." | stand_in dpkg-deb
run
fetched() { [ "$code" = 0 ] && [ -s "$work/build/cache/linux-6.9.9-amd64/vmlinux" ]; }
report fetched

sentence="when all is there, nothing is fetched"
: >"$work/asked"
run
quiet() { [ "$code" = 0 ] && [ ! -s "$work/asked" ]; }
report quiet
exit "$failed"
