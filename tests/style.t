#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Does the code stay small? Functions: half of them at most 15 lines, nine of ten under 40, none
# above 100; control statements within each other: two deep, three by exception, never four. Files:
# at most 450 lines; code: at most 100 columns. Who includes, calls or names whom: never in a circle,
# and never from a lower folder to a higher one. And are README's map, docs/ and comments true of the
# files that there are? TAP on stdout.
use strict;
use warnings;
use File::Basename;
use File::Path;
use File::Temp;

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

# Folders from the lowest to the highest, as cli/Makefile has them.
sub floors {
	my ($top) = @_;
	my ($folders) = map { /^FOLDERS := (.*)/ ? $1 : () } lines("$top/cli/Makefile");
	return ('kmod/uapi', 'kmod/core', 'kmod', (map { "cli/$_" } split ' ', $folders), 'cli');
}

sub source {
	my ($file) = @_;
	my $text = join '', lines($file);
	$text =~ s{/\*.*?\*/|//[^\n]*}{}gs;
	return $text;
}

# What other files can name: functions and data in the first column, and not static.
sub defined_in {
	my ($text) = @_;
	my @functions = $text =~ /^(?!static\b)\w[^;{}()=#\n]*?\b(\w+)\([^;{}]*\)\s*\{/gm;
	my @data = $text =~ /^(?!static\b|extern\b|typedef\b)\w[^;{}()#\n]*?\b(\w+)(?:\[\w*\])*\s*=/gm;
	my @structs = $text =~ /^\} (\w+) = \{/gm;
	return (@functions, @data, @structs);
}

# An include names a file of the folder, below kmod/, or of any folder of cli/: names are unique.
sub included {
	my ($top, $file, $name, %files) = @_;
	my @found = grep { $files{$_} } dirname($file) . "/$name", "kmod/$name",
		$file =~ /^cli/ ? map { "$_/$name" } grep { /^cli/ } floors($top) : ();
	return $found[0] // ();
}

# For each file the files that it includes, or of which it names something.
sub graph {
	my ($top) = @_;
	my %text = map { $_ => source("$top/$_") } map { s{^\Q$top\E/}{}r }
		files("$top/kmod $top/cli", '.c', '.h');
	my (%where, %graph);
	for my $file (grep { /\.c$/ } keys %text) {
		$where{$file =~ /^cli/ ? 'cli' : 'kmod'}{$_} = $file for defined_in($text{$file});
	}
	for my $file (keys %text) {
		my $half = $where{$file =~ /^cli/ ? 'cli' : 'kmod'};
		my %to = map { $_ => 1 } map { included($top, $file, $_, %text) }
			$text{$file} =~ /^#include "(.*)"/gm;
		$text{$file} =~ s/"(?:[^"\\\n]|\\.)*"//g;
		if ($file =~ /\.c$/) {
			my %words = map { $_ => 1 } $text{$file} =~ /(?<!\.|>)(?<!struct )\b(tdxu_\w+)/g;
			$to{$half->{$_}} = 1 for grep { $half->{$_} } keys %words;
		}
		delete $to{$file};
		$graph{$file} = [sort keys %to];
	}
	return %graph;
}

sub reaches {
	my ($from, $to, %graph) = @_;
	my (%seen, @next) = ($from => 1);
	for (@next = ($from); @next;) {
		my $file = shift @next;
		return 1 if $file eq $to;
		push @next, grep { !$seen{$_}++ } @{$graph{$file}};
	}
	return 0;
}

# The arrows that have a way back.
sub circles {
	my (%graph) = @_;
	my @found;
	for my $file (sort keys %graph) {
		push @found, map { "$file -> $_" } grep { reaches($_, $file, %graph) } @{$graph{$file}};
	}
	return @found;
}

sub arrows_up {
	my ($floors, %graph) = @_;
	my %height = map { $floors->[$_] => $_ } 0 .. $#$floors;
	my @up;
	for my $file (sort keys %graph) {
		push @up, map { "$file -> $_" } grep { $height{dirname($file)} < $height{dirname($_)} }
			@{$graph{$file}};
	}
	return @up;
}

# Does it find what it looks for?
sub plant {
	my $top = File::Temp->newdir;
	my %planted = (
		'cli/Makefile' => "FOLDERS := base apply\n",
		'cli/base/low.c' => "#include \"high.h\"\n",
		'cli/base/low.h' => "int tdxu_low(void);\n",
		'cli/apply/high.c' => "#include \"high.h\"\n\nint tdxu_high(void)\n{\n\treturn tdxu_other();\n}\n",
		'cli/apply/high.h' => "#include \"low.h\"\n",
		'cli/apply/other.c' => "#include \"high.h\"\n\nint tdxu_other(void)\n{\n\treturn tdxu_high();\n}\n",
		'kmod/alone.c' => "/* tdxu_high() */\n",
	);
	for my $file (keys %planted) {
		mkpath("$top/" . dirname($file));
		open my $handle, '>', "$top/$file" or die "$file: $!";
		print $handle $planted{$file};
	}
	my %graph = graph($top);
	my $found = join ', ', circles(%graph), arrows_up([floors($top)], %graph);
	report('a circle and an arrow up that are planted are found',
	       $found eq 'cli/apply/high.c -> cli/apply/other.c, cli/apply/other.c -> ' .
	       'cli/apply/high.c, cli/base/low.c -> cli/apply/high.h' ? () : $found);
}

sub look_at_arrows {
	my %graph = graph('.');
	my $arrows = map { @$_ } values %graph;
	report("no file of $arrows arrows is in a circle", circles(%graph));
	report('no arrow leads to a higher folder', arrows_up([floors('.')], %graph));
	plant();
}

# --- what is written about the sources -----------------------------------------------------------

# All files, and their folders, each of these with a slash at its end.
sub tree {
	my %there = map { $_ => 1 } grep { !m{/build/} } files('kmod cli docs tests findings', '');
	for my $path (keys %there) {
		$there{$path} = 1 while $path =~ s{[^/]+/?$}{} && $path ne '';
	}
	return %there;
}

# Which of the driver's files calls one that its row of the map has as a higher one.
sub misplaced {
	my ($map, %graph) = @_;
	my ($driver) = $map =~ m{^\| `kmod/` \|(.*)}m;
	my @order = $driver =~ /`(\w+)`/g;
	my %height = map { ("kmod/$order[$_].c" => $_) } 0 .. $#order;
	my @up;
	for my $file (sort grep { exists $height{$_} } keys %graph) {
		push @up, map { "$file -> $_" } grep { ($height{$_} // 0) > $height{$file} }
			@{$graph{$file}};
	}
	return @up;
}

# What README's map lacks: folders of the first two levels, and files of the driver in its row.
sub not_in_map {
	my ($map, %there) = @_;
	my @named = $map =~ /`([\w.\/]+)`/g;
	my ($driver) = $map =~ m{^\| `kmod/` \|(.*)}m;
	my @folders = grep { m{^(?:[^/]+/){1,2}$} } sort keys %there;
	my @files = map { m{^kmod/(\w+)\.c$} ? $1 : () } sort keys %there;
	return ((grep { my $folder = $_; !grep { /^\Q$folder\E/ } @named } @folders),
		(map { "kmod/$_.c" } grep { $driver !~ /`$_`/ } @files));
}

# Which files a text names: as links, in backticks, as `test_cli_list`; in code, in comments.
sub names_in {
	my ($file, $text) = @_;
	return join("\n", $text =~ m{/\*(.*?)\*/}gs) =~ m{\b((?:[\w-]+/)*[\w-]+\.[ch])\b}g
		if $file =~ /\.[ch]$/;
	my @links = map { dirname($file) . '/' . s/#.*//r } grep { !/^(\w+:|#)/ } $text =~ /\]\(([^)]+)\)/g;
	for my $link (@links) {
		1 while $link =~ s{(^|/)(?:\.|[\w-]+/\.\.)/}{$1};
	}
	my @quoted = $text =~ m{`([\w./-]+)`}g;
	return (@links, (map { "tests/unit/$_.c" } grep { /^test_\w+$/ } @quoted),
		grep { m{^(?:kmod|cli|docs|tests|findings)/|\.(?:[cht]|sh|py|pl)$} } @quoted);
}

# What is the kernel's or the publisher's, and not here. NAME stands for any.
my $elsewhere = qr{^(?:arch|net)/|^(?:intel-family\.h|version_select_and_load\.py)$|NAME};

# Where a name has no folder, or but the last ones of its path, any such file will do.
sub stale {
	my ($file, $text, %there) = @_;
	my @names = grep { !/$elsewhere/ && !$there{$_} && !$there{"$_/"} } names_in($file, $text);
	return map { "$file: $_" } grep { my $name = $_; !grep { m{/\Q$name\E$} } keys %there } @names;
}

# The drawing in docs/hacking.md: for each folder of cli/, from the highest, those that it uses.
sub drawing {
	my %graph = graph('.');
	my (%uses, @rows);
	for my $file (grep { /^cli/ } keys %graph) {
		$uses{dirname($file)}{dirname($_)} = 1 for grep { m{^cli/} } @{$graph{$file}};
	}
	for my $folder (grep { /^cli/ } my @highest = reverse floors('.')) {
		delete $uses{$folder}{$folder};
		push @rows, join ' ', "$folder/:", map { s{^cli/}{}r } grep { $uses{$folder}{$_} } @highest;
	}
	return @rows;
}

sub drawn {
	my @rows;
	for (lines('docs/hacking.md')) {
		push @rows, join ' ', "$1:", split ' ', $2 if m{^    (cli/\S*) .*->(.*)};
	}
	return @rows;
}

sub look_at_docs {
	my %there = tree();
	my ($map) = join('', lines('README.md')) =~ /^## Where things are\n(.*)/ms;
	my @texts = (qw(README.md cli/fleet/ansible/README.md), files('docs', '.md'),
		     files('kmod cli', '.c', '.h'));
	my @silent;
	report("README's map has each folder, and each file of the driver, as it comes",
	       not_in_map($map, %there), misplaced($map, graph('.')));
	report('each file that docs and comments name is there',
	       map { stale($_, join('', lines($_)), %there) } @texts);
	for my $folder (grep { !m{/uapi} } floors('.')) {
		my $says = grep { /^[\/ ]\* This folder: / } map { lines($_) }
			grep { dirname($_) eq $folder } @texts;
		push @silent, "$folder: $says times" if $says != 1;
	}
	report('each folder says once what belongs there', @silent);
	my @drawn = drawn();
	report('docs/hacking.md draws what the folders of cli/ use',
	       "@drawn" eq join(' ', drawing()) ? () : ('it is:', drawing()));
	report('a file and a folder that are not there, and a name that is not in the map, are found',
	       join(', ', stale('docs/x.md', '[](y.md) `kmod/z` `test_z` [](../README.md)', %there),
		    stale('kmod/x.c', "/* core/image.h, z.c */\n", %there),
		    not_in_map('| `kmod/` | `main` |', 'kmod/' => 1, 'kmod/z.c' => 1, 'cli/' => 1),
		    misplaced('| `kmod/` | `a`, `b` |', 'kmod/a.c' => ['kmod/b.c'])) eq
	       'docs/x.md: docs/y.md, docs/x.md: tests/unit/test_z.c, docs/x.md: kmod/z, ' .
	       'kmod/x.c: z.c, cli/, kmod/z.c, kmod/a.c -> kmod/b.c' ? () : 'not all');
}

print "1..19\n";
look_at_functions($_) for qw(kmod cli tests);
look_at_files();
look_at_arrows();
look_at_docs();
