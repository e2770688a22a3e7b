#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes an apt of its own for other suites of the archive that this machine uses: what the machine
# has listed and installed stays as it is. Use it by APT_CONFIG=DIR/conf.
#
#	apt.sh DIR SUITE...
set -eu
dir=$1
shift

mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/sources"
sed "/^\$/,\$d; s/^Suites:.*/Suites: $*/" \
	/etc/apt/sources.list.d/debian.sources >"$dir/sources/suites.sources"
cat >"$dir/conf" <<END
Dir::State "$dir/state";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$dir/sources";
Dir::State::status "/var/lib/dpkg/status";
APT::Sandbox::User "root";
END
APT_CONFIG=$dir/conf apt-get -q update
