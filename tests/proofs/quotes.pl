#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Is the code still that which a model was made of? In a model "//:: FILE FUNCTION" names a function
# and "//: LINE" quotes it: each line in its order, for Spin; some lines, for a litmus test.
#
#	quotes.pl ROOT MODEL...		ROOT: where FILE is
use strict;
use warnings;

my $root = shift;
my $wrong = 0;

# plain LINE: without space and braces around it, which herd7 takes for its own.
sub plain
{
	return $_[0] =~ s/^[\s}]+|[\s{]+$//gr;
}

# lines FILE FUNCTION: what is not empty, a comment or only the end of a block.
sub lines
{
	my ($file, $function) = @_;
	open my $source, '<', "$root/$file" or die "$root/$file: $!\n";
	my $text = do { local $/; <$source> };
	$text =~ s{/\*.*?\*/}{}gs;
	$text =~ /^[^\n;#]*\b$function\([^;{]*\)\n\{\n(.*?)^\}/ms or return;
	return grep { $_ ne "" } map { plain($_) } split /\n/, $1;
}

# compare MODEL "FILE FUNCTION" QUOTES
sub compare
{
	my ($model, $where, $quotes) = @_;
	my @code = lines(split ' ', $where);
	my @missing = grep { my $quote = $_; !grep { $_ eq $quote } @code } @$quotes;
	my $same = join("\n", @code) eq join("\n", @$quotes);

	return if @$quotes && !@missing && ($same || $model !~ /\.pml$/);
	print "$model: $where is not what it was", map({ "; without: $_" } @missing), "\n";
	$wrong++;
}

for my $model (@ARGV) {
	my ($where, %quotes);

	open my $file, '<', $model or die "$model: $!\n";
	while (<$file>) {
		$where = $1 if m{^\s*//:: (.*)};
		push @{$quotes{$where}}, plain($1) if m{^\s*//: (.*)};
	}
	die "$model: no quotes\n" if !%quotes;
	compare($model, $_, $quotes{$_}) for sort keys %quotes;
}
exit($wrong ? 1 : 0);
