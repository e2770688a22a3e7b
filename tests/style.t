#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Does the code stay small? Functions: half of them at most 15 lines, nine of ten under 40, none
# above 100; control statements within each other: two deep, three by exception, never four. Files:
# at most 450 lines; code: at most 100 columns. TAP on stdout.
use strict;
use warnings;

use constant { MEDIAN => 15, MOST => 39, LONGEST => 100, NESTED => 2, DEEPEST => 3,
	       LINES => 450, COLUMNS => 100 };
my $tests = 0;

sub report {
	my ($sentence, @wrong) = @_;
	$tests++;
	print @wrong ? 'not ' : '', "ok - $sentence\n";
	print "# $_\n" for @wrong;
}

# What git knows, or would add; without git, what is there.
sub files {
	my ($where, @endings) = @_;
	my @found = `git ls-files -co --exclude-standard $where 2>/dev/null`;
	@found = `find $where -type f` unless @found;
	chomp @found;
	my $ending = join '|', map { quotemeta } @endings;
	return grep { -f && /($ending)$/ } @found;
}

sub lines {
	my ($file) = @_;
	open my $handle, '<', $file or die "$file: $!";
	return <$handle>;
}

# Kernel style makes it easy: a body begins and ends with a brace in the first column, and the
# number of tabs in front of a control statement is how many there are around it, and itself.
sub functions {
	my ($file) = @_;
	my (@found, $body, $head);
	for (lines($file)) {
		if (defined $body) {
			$body->{lines}++;
			my ($tabs) = /^(\t+)(?:\} else )?(?:if|for|while|switch|do|\w*for_each\w*)\b/;
			$body->{nested} = length $tabs if $tabs && length $tabs > $body->{nested};
			next unless /^\}/;
			push @found, $body if /^\}$/;
			undef $body;
		} elsif (/^\{/) {
			$body = { name => "$file: $head", lines => 1, nested => 0 };
		} elsif (/^\w.*?(\w+)\(/) {
			$head = $1;
		}
	}
	return @found;
}

# The value that nine of ten do not exceed, for 0.9.
sub quantile {
	my ($part, @values) = @_;
	@values = sort { $a <=> $b } @values;
	return $values[int($part * $#values)];
}

sub look_at_functions {
	my ($where) = @_;
	my @all = map { functions($_) } files($where, '.c', '.h');
	my @lengths = map { $_->{lines} } @all;
	my ($half, $most) = (quantile(0.5, @lengths), quantile(0.9, @lengths));
	my $deep = quantile(0.9, map { $_->{nested} } @all);
	report("$where: half of " . @all . " functions have at most $half lines, nine of ten $most",
	       $half > MEDIAN || $most > MOST ? ('more than ' . MEDIAN . ' and ' . MOST) : ());
	report("$where: no function has more than " . LONGEST . ' lines',
	       map { "$_->{name}: $_->{lines}" } grep { $_->{lines} > LONGEST } @all);
	report("$where: nine of ten functions are nested no deeper than $deep, none than " . DEEPEST,
	       $deep > NESTED ? 'more than ' . NESTED : (),
	       map { "$_->{name}: $_->{nested}" } grep { $_->{nested} > DEEPEST } @all);
}

# Tabs count as far as they reach. Only strings, which somebody may look for, are not broken.
sub too_wide {
	my ($line) = @_;
	chomp $line;
	1 while $line =~ s/^([^\t]*)\t/$1 . ' ' x (8 - length($1) % 8)/e;
	return length $line > COLUMNS && $line !~ /"/;
}

sub look_at_files {
	my @all = files('kmod cli tests Makefile', '.c', '.h', '.t', '.sh', 'Makefile', 'Kbuild');
	my (@long, @wide);
	for my $file (@all) {
		my @lines = lines($file);
		push @long, "$file: " . @lines if @lines > LINES;
		next unless $file =~ /\.[ch]$/;
		push @wide, map { "$file:" . ($_ + 1) } grep { too_wide($lines[$_]) } 0 .. $#lines;
	}
	report('no file of ' . @all . ' has more than ' . LINES . ' lines', @long);
	report('no line of code has more than ' . COLUMNS . ' columns', @wide);
}

print "1..11\n";
look_at_functions($_) for qw(kmod cli tests);
look_at_files();
