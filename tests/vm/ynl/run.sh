#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a scenario with the kernel's generic netlink client (pyynl, of linux-source in Debian's
# backports), Python to run it, and docs/netlink/tdx_update.yaml as it is, once that holds against
# the schema that the client's sources have. The interpreter of tests/vm/ynl.t.
set -eu
cd "$(dirname "$0")/../../.."
pyynl=$PWD/build/cache/pyynl
spec=docs/netlink/tdx_update.yaml
# Debian's, which has python3-yaml, whatever else there may be.
python=/usr/bin/python3
KVER=${KVER:-$(tests/vm/setup.sh --kernel)}
built=$PWD/build/$KVER/vm

# From a package of 150 MB, of which little is wanted.
fetch()
{
	new=$pyynl.new
	rm -rf "$new"
	mkdir -p "$new/source"
	tests/vm/apt.sh "$new/apt" trixie trixie-backports >&2
	(
		export APT_CONFIG="$new/apt/conf"
		package=$(apt-cache pkgnames linux-source- | sort -V | tail -n 1)
		cd "$new" && apt-get -q -t trixie-backports download "$package" >&2
	)
	dpkg-deb --fsys-tarfile "$new"/*.deb |
		tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -xJ -C "$new/source" --strip-components 1 --wildcards '*/tools/net/ynl/pyynl' \
			'*/Documentation/netlink/*.yaml'
	mv "$new/source" "$pyynl"
	rm -rf "$new"
}

# What of Python's own libraries the client needs, and what of it is compiled already.
libraries()
{
	PYTHONPATH=$client $python -c '
import encodings.idna, json, pathlib, sys
import lib
for module in sys.modules.values():
    for file in getattr(module, "__file__", None), getattr(module, "__cached__", None):
        if file and file.startswith("/usr/") and pathlib.Path(file).exists():
            print(file)'
}

# What ldd names, at the place where it is found.
shared_objects()
{
	{ readlink -f $python; libraries | grep '\.so$'; } | xargs ldd |
		grep -o '/[^ :]*lib[^ :]*' | sort -u | grep '\.so'
}

pack()
{
	root=$(mktemp -d)
	trap 'rm -rf "$root"' EXIT
	mkdir -p "$root/usr/share/ynl" "$root/usr/share/pyynl" "$root/usr/bin"
	cp "$(readlink -f $python)" "$root/usr/bin/python3"
	{ libraries; shared_objects; } | xargs cp -L --parents --preserve=timestamps -t "$root"
	cp -a "$client/lib" "$root/usr/share/pyynl/"
	cp "$spec" "$root/usr/share/ynl/"
	cp tests/vm/ynl/client.py "$root/usr/bin/ynl"
	chmod 755 "$root" "$root/usr/bin/ynl"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet)
}

[ -e "$pyynl" ] || fetch
client=$pyynl/tools/net/ynl/pyynl
$python "$client/cli.py" --spec "$spec" --validate \
	--schema "$pyynl/Documentation/netlink/genetlink-legacy.yaml" >&2
# The kernel unpacks one archive after the other.
export INITRAMFS="$built/initramfs-ynl.cpio"
{ cat "$built/initramfs.cpio"; pack; } >"$INITRAMFS"
exec tests/vm/run.sh -c 2 "$1"
