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

# archive REGEX: where this machine has such a suite from, in whichever form that is written down.
archive()
{
	# shellcheck disable=SC2086 # an option or none
	env -u APT_CONFIG apt-get $lists indextargets --format '$(RELEASE) $(REPO_URI)' \
		'Created-By: Packages' 'Component: main' |
		awk -v suite="^($1)\$" '$1 ~ suite { print $2; exit }'
}

# stanza ARCHIVE SUITE...
stanza()
{
	[ $# -gt 1 ] || return 0
	echo "Types: deb"
	echo "URIs: $1"
	shift
	echo "Suites: $*"
	echo "Components: main"
	echo "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg"
	echo
}

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
lists=
main=$(archive "$release|stable")
# Apt names only what it has lists of. Without root those are fetched to a place of our own.
if [ -z "$main" ]; then
	mkdir -p "$dir/machine/partial"
	lists="-o Dir::State::lists=$dir/machine"
	env -u APT_CONFIG apt-get -q $lists -o Dir::Cache="$dir" -o APT::Sandbox::User=root \
		-o APT::Update::Error-Mode=any update
	main=$(archive "$release|stable")
fi
[ -n "$main" ] || {
	echo "apt: no archive of this release in /etc/apt; add its main component and try again" >&2
	exit 1
}
security=$(archive '.*-security')

# Security fixes lie elsewhere; a machine that does not list them does without.
for suite; do
	shift
	case $suite in
	*-security) fixes="${fixes-} $suite" ;;
	*) set -- "$@" "$suite" ;;
	esac
done
mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/sources"
# shellcheck disable=SC2086 # one word a suite
{
	stanza "$main" "$@"
	[ -z "$security" ] || stanza "$security" ${fixes-}
} >"$dir/sources/suites.sources"
cat >"$dir/conf" <<END
Dir::State "$dir/state";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$dir/sources";
Dir::State::status "$status";
APT::Sandbox::User "root";
END
APT_CONFIG=$dir/conf apt-get -q -o APT::Update::Error-Mode=any update
