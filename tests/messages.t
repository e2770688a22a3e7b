#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every message that tdxupd can print, taken from its source: what is wrong is a clause, what to do
# about it is one, and neither is a bare error number; and each is provoked. The tables of rows in
# tests/unit provoke most; those of main() are here. TAP on stdout.
use strict;
use warnings;
use File::Temp;

# Which argument of which function is the reason, and which is the advice; -1: it brings none.
my %calls = (
	tdxu_error_set => [4, 3],
	fail_rule      => [-1, 2],
	misuse         => [1, -1],    # "see `tdxupd help COMMAND`" is added
	fail           => [2, -1],    # of a backend: "REASON; ADVICE", or "" where error.c knows both
	tdxu_fault_set => [2, -1],
	decide         => [3, -1],    # a verdict of `tdxupd list`
	set            => [2, -1],    # why a kept image is not used
	tdxu_note      => [2, -1],
	snprintf       => [2, -1],    # into one of these:
	fprintf        => [1, -1],
	tdxu_say       => [1, -1],
	tdxu_catalogue_note => [2, -1],
	add_useless    => [2, 3],
);
my %into = (snprintf => qr/message|why|fix/, fprintf => qr/->err$/, tdxu_say => qr/->err$/);
my @rows = (
	['cli/tdxupd frobnicate', 64,
	 'tdxupd: frobnicate: there is no such command; see `tdxupd help`'],
	['cli/tdxupd help frobnicate', 64,
	 'tdxupd: frobnicate: there is no such command; see `tdxupd help`'],
	['TDXUPD_SIGNER=c8572f cli/tdxupd status', 64,
	 'tdxupd: TDXUPD_SIGNER: it is not the SHA-384 of a key, which has 96 hexadecimal digits; ' .
	 'unset it, or give the signer hash that `tdxupd inspect` shows'],
	['cli/tdxupd help >/dev/full', 1,
	 'tdxupd: help: its output could not be written (No space left on device); ' .
	 'look at what stdout is connected to'],
	['ulimit -f 8; cli/tdxupd pack build/tests/images/v1.blob --output build/tests/images/y', 1,
	 'tdxupd: build/tests/images/y: it could not be written (File too large); ' .
	 'raise `ulimit -f` (LimitFSIZE=)'],
	['TDXUPD_SIGNER=$(cat build/tests/images/signer) ' .
	 'cli/tdxupd inspect build/tests/images/v1.blob >&-', 1,
	 'tdxupd: inspect: its output could not be written (Bad file descriptor); ' .
	 'look at what stdout is connected to'],
);
my @programs = map { "build/unit/test_cli_$_" } qw(absent messages answers sysfs netlink list unread
	fallback lock hooks tcb tcb_status tcb_apply folder layouts allowed metrics mirror);
my (@cases, %constants);
my $tests = 0;

sub report {
	my ($fine, $sentence, @wrong) = @_;
	$tests++;
	print $fine ? '' : 'not ', 'ok - ', $sentence =~ s/[#\\]/ /gr, "\n";
	print "# $_\n" for grep { $_ ne '' } @wrong;
}

# The string literals of an argument; adjacent ones are one, those of a conditional are several.
sub literals {
	my ($text) = @_;
	$text =~ s/\b(\w+)\b/exists $constants{$1} ? "\"$constants{$1}\"" : $1/ge unless $text =~ /"/;
	my @found;
	while ($text =~ /((?:"(?:[^"\\]|\\.)*"\s*)+)/g) {
		my $literal = $1;
		$literal =~ s/"\s*"//g;
		$literal =~ s/^"|"\s*$//g;
		push @found, $literal;
	}
	return @found;
}

# The arguments of the call whose opening bracket is at $at.
sub arguments {
	my ($source, $at) = @_;
	my ($depth, $argument, @arguments) = (0, '');
	pos($source) = $at;
	while ($source =~ /\G("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'|.)/gs) {
		my $token = $1;
		if ($token eq '(' || $token eq '{') {
			next if $depth++ == 0;
		} elsif ($token eq ')' || $token eq '}') {
			last if --$depth == 0;
		} elsif ($token eq ',' && $depth == 1) {
			push @arguments, $argument;
			$argument = '';
			next;
		}
		$argument .= $token;
	}
	return (@arguments, $argument);
}

sub add {
	my ($where, $kind, $text) = @_;
	$text =~ s/\\n$//;
	push @cases, [$where, $kind, $text] if $text =~ s/%[.*0-9]*s//gr =~ /[a-z]/;
}

for my $file (sort(glob 'cli/*.c cli/*/*.c'), 'kmod/core/image.h') {
	open my $handle, '<', $file or die "$file: $!";
	my $source = do { local $/; <$handle> };
	# A string may hold what begins a comment.
	$source =~ s{("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)')|/\*.*?\*/}{$1 // ''}gse;
	$constants{$1} = $2 while $source =~ /static const char (\w+)\[\] =\s*"((?:[^"\\]|\\.)*)"/g;
	while ($source =~ /\b(\w+)(?=\()/g) {
		my ($name, $at) = ($1, pos $source);
		next unless $calls{$name};
		my @arguments = arguments($source, $at);
		next if $arguments[0] =~ /^\s*(const |struct |enum )/;    # its definition
		next if $into{$name} && $arguments[0] !~ $into{$name};
		for my $kind (0, 1) {
			my $index = $calls{$name}[$kind];
			next if $index < 0 || $index > $#arguments;
			add($file, $kind ? 'advice' : 'reason', $_) for literals($arguments[$index]);
		}
	}
	add($file, 'advice', $1) while $source =~ /\bfix = "((?:[^"\\]|\\.)*)"/g;
	# Tables of reasons and advice: the literals that are sentences.
	next unless $file =~ /error\.c|exits\.c|options\.c|sysfs_update\.c|base\/sysfs\.c|kind\.c|tcb_info\.c|core/;
	$source =~ s/.*\(IMAGE_OK,.*//;    # nothing is wrong
	add($file, 'table', $_) for grep { / .* / && !/^(?:tdxupd: %s|\{s)/ } literals($source);
}

sub wrong_with {
	my ($text) = @_;
	my @words = $text =~ /\b[a-z]{2,}\b/g;
	return 'fewer than two words' if @words < 2;
	return 'only says that it failed' if $text =~ /^\W*(it |operation )?(has )?failed\W*$/i;
	return 'begins with an error number' if $text =~ /^(errno|error)?\s*%[dux]|^E[A-Z]{3,}/;
	return 'ends like a sentence' if $text =~ /[.!]$/;
	return 'has several lines' if $text =~ /\\n/;
	return '';
}

# Where the program puts something in, anything will do.
sub pattern_of {
	my ($text) = @_;
	$text =~ s/\\"/"/g;
	return join '.*', map { quotemeta } split /%[-+ 0-9.*]*(?:ll|[hlz])?[a-zA-Z]/, $text, -1;
}

# All that the tables' programs print.
sub provoke {
	my $said = File::Temp->new;
	chmod 0666, $said->filename;    # some rows are tried as nobody
	$ENV{TDXUPD_SAID} = $said->filename;
	$ENV{CK_VERBOSITY} = 'silent';
	for my $program (@programs) {
		my $output = `$program 2>&1`;
		report(!$?, "$program ends well", split /\n/, $output);
		$output = `TDXUPD_SAID= TDXUPD_JSON=1 $program 2>&1`;
		report(!$?, "and by the schema, with --json", split /\n/, $output);
	}
	return do { local (@ARGV, $/) = $said->filename; <> };
}

sub run_row {
	my ($command, $code, $line) = @_;
	my $output = `($command) 2>&1`;
	report($? >> 8 == $code && $output eq "$line\n", "`$command` says what is wrong", $output);
	return $output;
}

my $said = join '', provoke(), map { run_row(@$_) } @rows;
for (@cases) {
	my ($where, $kind, $text) = @$_;
	my $wrong = wrong_with($text);
	my $pattern = pattern_of($text);
	my $provoked = $said =~ /$pattern/;
	report($wrong eq '' && $provoked, "$where, $kind: $text", $wrong,
	       $provoked ? '' : 'no row of a table provokes it');
}
report(@cases > 150, 'there are ' . @cases . ' of them');
print "1..$tests\n";
