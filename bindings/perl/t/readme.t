# What README.md shows is what works.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Certpush;
use Cwd        qw(abs_path);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use Service;
use Test::More;

my $readme  = read_file("$FindBin::Bin/../README.md");
my @program = $readme =~ /^```perl\n(.*?)^```$/msg;
my $service = Service->start;
my $folder  = tempdir(CLEANUP => 1);
my @perl    = ($^X, qw(-Mstrict -Mwarnings), map { '-I' . abs_path($_) } grep {-d} @INC);

local @ENV{qw(CERTPUSH_ENDPOINT CERTPUSH_CA_FILE CERTPUSH_TOKEN_FILE)}
    = ($service->{https}, $service->{ca_file}, "$service->{folder}/token");

# What a program prints, both streams at once, in a folder of its own; it must end well.
sub printed {
    my ($program) = @_;
    my $pid       = open my $output, '-|' // die "no fork: $!";
    if (!$pid) {
        chdir $folder and open STDERR, '>&', \*STDOUT and exec @perl, '-e', $program;
    }
    my $printed = join '', <$output>;
    recorded($printed);
    ok close $output or diag $printed;
    return $printed;
}

is scalar @program, 4;
like printed($program[0]), qr/was pushed to ELB in ap-southeast-1.*\n.*\n.*was pushed to ELB in ap-southeast-3/;
like printed($program[1]), qr/\AWAF: .*was pushed.*\nCDN: .*was pushed/;
like printed($program[1]), qr/\AWAF: .*pushed.* on \d{4}-.*\nCDN: /, 'the second time the journal has it';
like printed($program[2]), qr/SCM\.0069.*it was not pushed.*\nIt was not pushed: target_project/;
is printed($program[3]), '';
{
    my ($socket, %silent) = Service::silent();
    local @ENV{qw(CERTPUSH_ENDPOINT CERTPUSH_TOKEN CERTPUSH_TOKEN_FILE CERTPUSH_CA_FILE)}
        = ($silent{endpoint}, $TOKEN, '', '');
    my $quick = $program[3] =~ s/alarm 10/alarm 1/r;
    like printed($quick), qr/\Atoo slow\n.*it may have been pushed/;
}

subtest 'the first push goes through as printed' => sub {
    my ($console) = $readme =~ /^```console\n(\$ target.*?)^```$/ms;
    my $port = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->sockport;
    $console =~ s/^\$ //mg;
    $console =~ s/8080/$port/g;
    $console =~ s{target/debug/certpush-sim}{$ENV{CERTPUSH_SIM}};
    local $ENV{PERL5LIB}         = abs_path("$FindBin::Bin/../lib");
    local $ENV{CERTPUSH_CA_FILE} = '';
    my $root = abs_path("$FindBin::Bin/../../..");

    my $printed = qx(cd $root && { trap 'kill \$!' EXIT; $console } 2>&1);
    like $printed, qr/scs1600313391074 was pushed to ELB in ap-southeast-3/;
};

done_testing;
