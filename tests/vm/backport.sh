#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetches the kernel of Debian's backports, with its headers, for tests that need what the stable
# one is built without: CONFIG_FW_UPLOAD. Nothing is installed.
#
#	backport.sh		fetch it, unless it is there
#	backport.sh --kernel	print its version, or nothing before
#	backport.sh --headers	print the directory of its headers
set -eu
cd "$(dirname "$0")/../.."
root=$PWD/build/cache/backport

# Among those in the cache, the one whose headers are there.
version()
{
	for headers in "$root"/usr/src/linux-headers-*-amd64; do
		[ -e "$headers" ] && echo "${headers##*/linux-headers-}"
	done
}

case ${1-} in
--kernel) version || true; exit ;;
--headers) echo "$root/usr/src/linux-headers-$(version)"; exit ;;
esac
[ -z "$(version)" ] || exit 0

# apt, with directories of its own: what this machine has installed and listed stays as it is.
new=$PWD/build/cache/backport.new
rm -rf "$new"
mkdir -p "$new/root" "$new/apt/state/lists/partial" "$new/apt/cache/archives/partial" \
	"$new/apt/sources"
sed '/^$/,$d; s/^Suites:.*/Suites: bookworm-backports/' \
	/etc/apt/sources.list.d/debian.sources >"$new/apt/sources/backports.sources"
cat >"$new/apt/conf" <<END
Dir::State "$new/apt/state";
Dir::Cache "$new/apt/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$new/apt/sources";
Dir::State::status "/var/lib/dpkg/status";
APT::Sandbox::User "root";
END
export APT_CONFIG="$new/apt/conf"
apt-get -q update
kernel=$(apt-cache show --no-all-versions linux-image-amd64 |
	sed -n 's/^Depends:.*linux-image-\([^ ,]*-amd64\).*/\1/p' | head -n 1)
echo "backport: fetching the kernel $kernel"
(cd "$new" && apt-get -q download "linux-image-$kernel" "linux-headers-$kernel" \
	"linux-headers-${kernel%-amd64}-common" "linux-kbuild-${kernel%-amd64}")
for package in "$new"/*.deb; do
	dpkg-deb -x "$package" "$new/root"
done

# Headers name each other by absolute paths.
sed -i "s|/usr/src/|$root/usr/src/|" "$new/root/usr/src/linux-headers-$kernel/Makefile"
boot=build/cache/linux-$kernel
rm -rf "$boot"
mkdir -p "$boot/modules/kernel"
cp "$new/root/boot/vmlinuz-$kernel" "$boot/vmlinux"
cp "$new/root/lib/modules/$kernel"/modules.* "$boot/modules/"
rm -rf "$new/root/lib/modules" "$new/root/boot" "$root"
mv "$new/root" "$root"
rm -rf "$new"
