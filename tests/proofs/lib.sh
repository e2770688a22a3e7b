# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For scripts that ask provers and fuzzers: $tmp is theirs until they end, with "details", which they
# define, they show why a case failed, and at last they say "1..$count" and exit with $failed.
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
count=0

# is NAME STATUS
is()
{
	count=$((count + 1))
	if [ "$2" = 0 ]; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		details | sed 's/^/# /'
		failed=1
	fi
}
