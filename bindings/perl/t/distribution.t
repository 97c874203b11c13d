# The module is installed as any other, is formatted, and its documentation reads well.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Temp qw(tempdir);
use Pod::Checker;
use Service;
use Test::More;

my $source = "$FindBin::Bin/..";

subtest 'it is installed by Makefile.PL, and works from there' => sub {
    my $folder = tempdir(CLEANUP => 1);
    my $log    = qx(cp -R $source/lib $source/Makefile.PL $folder && cd $folder &&
        env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS sh -c 'perl Makefile.PL INSTALL_BASE=$folder/installed && make install' 2>&1);
    is $?, 0 or diag $log;
    unlike $log, qr/warning/i;
    my $version = qx($^X -I$folder/installed/lib/perl5 -MCertpush -e 'print Certpush->VERSION' 2>&1);
    is $version, '0.2.0';
    ok -e "$folder/installed/lib/perl5/Certpush.pod";
};

subtest 'the documentation has no fault' => sub {
    open my $told, '>', \my $faults or die;
    is podchecker("$source/lib/Certpush.pod", $told, -warnings => 2), 0 or diag $faults;
};

for my $tool (
    ['perltidy',   'perltidy', '--profile=.perltidyrc --assert-tidy --outfile=/dev/null --standard-error-output'],
    ['perlcritic', 'libperl-critic-perl', '--gentle --quiet'])
{
    my ($name, $package, $arguments) = @$tool;
    my @files = qw(lib/Certpush.pm lib/Certpush/Report.pm driver.pl examples/*.pl Makefile.PL t/*.t t/*.pl t/lib/*.pm);
SKIP: {
        my $is_there = !system "command -v $name >/dev/null";
        skip "$name is not installed (Debian package $package)", 1
            unless $is_there || $ENV{CERTPUSH_REQUIRE_TOOLS};
        my @faults = grep { system "cd $source && $name $arguments $_ >&2" }
            map {s{\A\Q$source\E/}{}r} glob "$source/{" . join(',', @files) . '}';
        is "@faults", '', "$name finds no fault";
    }
}

done_testing;
