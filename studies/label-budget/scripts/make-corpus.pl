#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make-corpus.pl: four CSV files of words labelled with their language, made from Debian's word lists.
#
#   perl make-corpus.pl [--noise R] [--pages N] [--seed S] MANUAL GPT TEST VALIDATION
#
#   MANUAL      id,text,label              what the experts labelled: right labels, whole dictionary pages
#   GPT         id,text,label,true_label   what the cheap annotator labelled: random words, some labels wrong
#   TEST        id,text,label              random words, right labels
#   VALIDATION  id,text,label              random words, right labels
#
# No word is in two of the files. Every choice is a hash of the word and the seed, never a call of rand or the
# clock, so the same word lists give the same bytes on every machine. Needs only Debian's perl-base.

use strict;
use warnings;
use feature 'unicode_strings';

# ---- What is in the corpus -------------------------------------------------------------------------------------

# language, word list, encoding of the list, package that holds it
my @LISTS = (
    ['da', 'danish',           'utf-8',   'wdanish'],
    ['de', 'ngerman',          'utf-8',   'wngerman'],
    ['en', 'american-english', 'utf-8',   'wamerican'],
    ['es', 'spanish',          'utf-8',   'wspanish'],
    ['fr', 'french',           'utf-8',   'wfrench'],
    ['it', 'italian',          'utf-8',   'witalian'],
    ['nl', 'dutch',            'utf-8',   'wdutch'],
    ['pt', 'portuguese',       'utf-8',   'wportuguese'],
    ['sv', 'swedish',          'latin-1', 'wswedish'],
);

my ($SHORTEST, $LONGEST) = (4, 14);    # letters in a word

# The lists hold two million words. A quarter is enough, and it is taken by whole beginnings (words of all languages
# that begin with the same three letters stay or go together), so that neighbours in the dictionary stay neighbours.
my $BEGINNING = 3;
my $KEEP      = 0.25;

# Rows per language
my $TEST       = 500;
my $VALIDATION = 250;
my $MANUAL     = 167;                   # or a few more: whole pages
my $GPT        = 6_000;

# How the careless annotator errs: which language a wrong label names, in parts of ten. Relatives come first.
my %MISTAKEN_FOR = (
    da => {sv => 6, nl => 2, de => 1, en => 1},
    sv => {da => 6, nl => 2, de => 1, en => 1},
    de => {nl => 6, da => 2, sv => 1, en => 1},
    nl => {de => 6, en => 2, da => 1, sv => 1},
    en => {fr => 4, nl => 3, de => 2, da => 1},
    es => {pt => 6, it => 3, fr => 1},
    pt => {es => 6, it => 3, fr => 1},
    it => {es => 5, pt => 3, fr => 2},
    fr => {en => 3, es => 3, it => 3, pt => 1},
);

# ---- Arguments -------------------------------------------------------------------------------------------------

my %option = (noise => 0.38, pages => 9, seed => 1);
while (@ARGV && $ARGV[0] =~ /^--(\w+)$/) {
    exists $option{$1} && @ARGV > 1 or usage();
    $option{$1} = $ARGV[1];
    splice @ARGV, 0, 2;
}
@ARGV == 4 or usage();
my ($manual_path, $gpt_path, $test_path, $validation_path) = @ARGV;
$option{noise} =~ /^(?:0(?:\.\d+)?|1(?:\.0+)?)$/
    or die "make-corpus: --noise '$option{noise}' is not between 0 and 1\n";
$option{pages} =~ /^[1-9]\d*$/ && $option{pages} <= $MANUAL
    or die "make-corpus: --pages '$option{pages}' is not a number from 1 to $MANUAL\n";

sub usage { die "usage: make-corpus.pl [--noise R] [--pages N] [--seed S] MANUAL GPT TEST VALIDATION\n" }

# ---- Chance, by hash -------------------------------------------------------------------------------------------

# A number in [0, 1) that depends on the seed, a purpose and a string only: FNV-1a, then the finalizer of murmur3.
sub chance {
    my ($purpose, $string) = @_;
    use integer;
    my $h = 0x811c9dc5;
    $h = (($h ^ $_) * 0x01000193) & 0xffffffff for unpack 'C*', "$option{seed} $purpose $string";
    $h ^= $h >> 16;
    $h = ($h * 0x85ebca6b) & 0xffffffff;
    $h ^= $h >> 13;
    $h = ($h * 0xc2b2ae35) & 0xffffffff;
    $h ^= $h >> 16;
    no integer;
    return $h / 4294967296;
}

# The strings in the order of their chance: a shuffle that repeats. (Text sorts faster than numbers in Perl.)
sub shuffle {
    my ($purpose, @strings) = @_;
    return map { substr $_, 12 } sort map { sprintf '%.10f%s', chance($purpose, $_), $_ } @strings;
}

# ---- Words -----------------------------------------------------------------------------------------------------

# The usable words of one list, thinned, in lower case, as UTF-8 bytes. Letters only: no hyphen, apostrophe or digit.
# A capital marks a name or an abbreviation, and such words are left out; but in German it marks every noun.
sub words_of {
    my ($language, $list, $encoding, $package) = @_;
    my $capital = $language eq 'de' ? qr/[A-Z\xc4\xd6\xdc]?/ : qr//;
    my $usable = qr/^$capital[a-z\xdf-\xf6\xf8-\xff\x{153}]+$/;
    my (@words, %keep);
    open my $file, '<:raw', "/usr/share/dict/$list"
        or die "make-corpus: cannot read /usr/share/dict/$list: $!; it is in the package $package\n";
    while (my $word = <$file>) {
        chomp $word;
        utf8::decode($word) or next if $encoding eq 'utf-8';
        next if length $word < $SHORTEST || length $word > $LONGEST || $word !~ $usable;
        $word = lc $word;
        my $beginning = substr $word, 0, $BEGINNING;
        utf8::encode($_) for $word, $beginning;
        push @words, $word if $keep{$beginning} //= chance('prefix', $beginning) < $KEEP;
    }
    return @words;
}

# language => its words, without those that are words of another language too: they have no one right label.
sub words_by_language {
    my %language_of;
    for my $entry (@LISTS) {
        my $language = $entry->[0];
        for my $word (words_of(@$entry)) {
            my $other = $language_of{$word} //= $language;
            $language_of{$word} = '' if $other ne $language;
        }
    }
    my %words;
    while (my ($word, $language) = each %language_of) {
        push @{$words{$language}}, $word if $language ne '';
    }
    return \%words;
}

# ---- Annotators ------------------------------------------------------------------------------------------------

# What the experts got: pages of an alphabetical word list, one at a random place in each of --pages equal parts.
sub pages_of {
    my ($language, @words) = @_;
    my $page = int(($MANUAL + $option{pages} - 1) / $option{pages});
    my $part = int(@words / $option{pages});
    my @sorted = sort @words;
    my @chosen;
    for my $n (0 .. $option{pages} - 1) {
        my $first = $n * $part + int(($part - $page + 1) * chance('page', "$language $n"));
        push @chosen, @sorted[$first .. $first + $page - 1];
    }
    return @chosen;
}

# What the careless annotator writes beside a word: mostly its language, at the rate --noise another one.
sub careless_label {
    my ($word, $language) = @_;
    return $language if chance('slip', $word) >= $option{noise};
    my $parts = $MISTAKEN_FOR{$language};
    my $point = 10 * chance('mistake', $word);
    for my $other (sort keys %$parts) {
        $point -= $parts->{$other};
        return $other if $point < 0;
    }
    die "make-corpus: the parts of '$language' in the table of mistakes do not sum to ten\n";
}

# ---- Files -----------------------------------------------------------------------------------------------------

# rows: word => the fields after it. Shuffled, so that neither place nor id tells the label.
sub write_csv {
    my ($path, $letter, $header, $rows) = @_;
    open my $file, '>:raw', $path or die "make-corpus: cannot write $path: $!\n";
    print $file "$header\n";
    my $n = 0;
    printf $file "%s%05d,%s,%s\n", $letter, ++$n, $_, $rows->{$_} for shuffle('order', keys %$rows);
    close $file or die "make-corpus: cannot write $path: $!\n";
    return $n;
}

my $words = words_by_language();
my (%test, %validation, %manual, %gpt);
my $wrong = 0;
for my $entry (@LISTS) {
    my $language = $entry->[0];
    my @rest = shuffle('word', @{$words->{$language}});
    @rest >= $TEST + $VALIDATION + 2 * $MANUAL + $GPT
        or die "make-corpus: too few usable words of '$language': ", scalar @rest, "\n";
    $test{$_}       = $language for splice @rest, 0, $TEST;
    $validation{$_} = $language for splice @rest, 0, $VALIDATION;
    $manual{$_}     = $language for pages_of($language, @rest);
    @rest = grep { !$manual{$_} } @rest;
    for my $word (splice @rest, 0, $GPT) {
        my $label = careless_label($word, $language);
        $gpt{$word} = "$label,$language";
        $wrong++ if $label ne $language;
    }
}

my $n = write_csv($gpt_path, 'g', 'id,text,label,true_label', \%gpt);
printf "manual %d\n", write_csv($manual_path, 'm', 'id,text,label', \%manual);
printf "gpt %d\n", $n;
printf "test %d\n", write_csv($test_path, 't', 'id,text,label', \%test);
printf "validation %d\n", write_csv($validation_path, 'v', 'id,text,label', \%validation);
printf "wrong_labels %.5f\n", $wrong / $n;
