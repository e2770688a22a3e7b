#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes an apt of its own for other suites of the archive that this machine uses: what the machine
# has listed and installed stays as it is. Use it by APT_CONFIG=DIR/conf.
#
#	apt.sh DIR SUITE...
#	apt.sh --bare DIR SUITE...	as on a machine on which nothing is installed
set -eu
status=/var/lib/dpkg/status
if [ "$1" = --bare ]; then
	shift
	status=$1/installed
	mkdir -p "$1"
	: >"$status"
fi
dir=$1
shift

# Where this machine has its own release from, in whichever form it is written down.
archive=$(env -u APT_CONFIG apt-get indextargets --format '$(RELEASE) $(REPO_URI)' \
	'Created-By: Packages' 'Component: main' |
	awk -v release="$(. /etc/os-release && echo "$VERSION_CODENAME")" \
		'$1 == release || $1 == "stable" { print $2; exit }')
[ -n "$archive" ] || {
	echo "apt: no archive of this release in /etc/apt; add its main component and try again" >&2
	exit 1
}

mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/sources"
cat >"$dir/sources/suites.sources" <<END
Types: deb
URIs: $archive
Suites: $*
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
cat >"$dir/conf" <<END
Dir::State "$dir/state";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$dir/sources";
Dir::State::status "$status";
APT::Sandbox::User "root";
END
APT_CONFIG=$dir/conf apt-get -q update
