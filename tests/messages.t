#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every message that tdxupd can print, taken from its source: what is wrong is a clause, what to do
# about it is one, and neither is a bare error number. TAP on stdout.
use strict;
use warnings;

# Which argument of which function is the reason, and which is the advice; -1: it brings none.
my %calls = (
	tdxu_error_set => [4, 3],
	fail_named     => [2, 3],
	fail_rule      => [-1, 2],
	misuse         => [1, -1],    # "see `tdxupd help COMMAND`" is added
	fail           => [2, -1],    # of a backend: "REASON; ADVICE", or "" where error.c knows both
	decide         => [3, -1],    # a verdict of `tdxupd list`
	set            => [2, -1],    # why a kept image is not used
	tdxu_apply_note => [2, -1],
);
my (@cases, %constants);

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
	push @cases, [$where, $kind, $text] unless $text eq '' || $text =~ /^%(\.\*)?s$/;
}

for my $file (sort glob 'cli/*.c') {
	open my $handle, '<', $file or die "$file: $!";
	my $source = do { local $/; <$handle> };
	$source =~ s{/\*.*?\*/}{}gs;
	$constants{$1} = $2 while $source =~ /static const char (\w+)\[\] =\s*"((?:[^"\\]|\\.)*)"/g;
	while ($source =~ /\b(\w+)(?=\()/g) {
		my ($name, $at) = ($1, pos $source);
		next unless $calls{$name};
		my @arguments = arguments($source, $at);
		next if $arguments[0] =~ /^\s*(const |struct |enum )/;    # its definition
		for my $kind (0, 1) {
			my $index = $calls{$name}[$kind];
			next if $index < 0 || $index > $#arguments;
			add($file, $kind ? 'advice' : 'reason', $_) for literals($arguments[$index]);
		}
	}
	# Tables of reasons and advice: the literals of error.c and sysfs_result.c that are sentences.
	next unless $file =~ /error\.c|sysfs_result\.c/;
	add($file, 'table', $_) for grep { / .* / } literals($source);
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

print '1..', @cases + 1, "\n";
for (@cases) {
	my ($where, $kind, $text) = @$_;
	my $wrong = wrong_with($text);
	my $shown = $text =~ s/[#\\]/ /gr;
	print $wrong ? 'not ' : '', "ok - $where, $kind: $shown\n";
	print "# $wrong\n" if $wrong;
}
print @cases > 100 ? '' : 'not ', "ok - there are ", scalar(@cases), " of them\n";
