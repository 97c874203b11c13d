# The log, the token source: what they are told, and what becomes of what they die with.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Certpush;
use Service;
use Test::More;
use Time::HiRes qw(alarm);

my $service = Service->start;
my %options = $service->options(retries => 0);
delete $options{token_file};

subtest 'each push is a line of the log' => sub {
    my @lines;
    my $client = Certpush->new($service->options(log => sub { CORE::push @lines, [@_] }));
    $client->push(@TARGET);
    died { $client->push($ID, 'no-such', 'ELB') };
    recorded(map { $_->[1] } @lines);
    is_deeply [map { $_->[0] } @lines], [1, 3];
    like $lines[0][1],                    qr/outcome=pushed|pushed/;
    like $lines[1][1],                    qr/not_pushed/;
    unlike "@{[map { $_->[1] } @lines]}", qr/\Q$TOKEN\E/;
};

subtest 'a log that dies loses no receipt' => sub {
    my @warned;
    local $SIG{__WARN__} = sub { CORE::push @warned, @_ };
    is(Certpush->new($service->options(log => sub { die "the disk is full\n" }))->push(@TARGET)->status, 0);
    is_deeply \@warned, ["the disk is full\n"];
};

subtest 'a token source is asked for the token' => sub {
    my $asked  = 0;
    my $client = Certpush->new(%options, token_source => sub { $asked++; $TOKEN });
    is $client->push(@TARGET)->status, 0 for 1 .. 2;
    is $asked,                         2;
};

subtest 'why a token source has no token is told, and nothing is pushed' => sub {
    my $thrown = bless {}, 'SealedVault';
    {
        no warnings 'once';
        *SealedVault::because = sub { return 'it is an object' };
    }
    require overload;
    SealedVault->overload::OVERLOAD('""' => \&SealedVault::because);
    my %source = (
        'it dies'                    => [sub { die "the vault is sealed\n" },  qr/the vault is sealed/],
        'it dies with an object'     => [sub { die $thrown },                  qr/it is an object/],
        'it gives undef'             => [sub { my $nothing; return $nothing }, qr/token must be a text/],
        'it gives nothing'           => [sub {return},                         qr/token must be a text/],
        'it gives a list'            => [sub { return [$TOKEN] },              qr/token must be a text/],
        'it gives characters'        => [sub { return "\x{263a}" x 40 },       qr/token must be bytes/],
        'it gives what is too short' => [sub { return 'short' },               qr/token/],
    );
    for my $what (sort keys %source) {
        my ($source, $message) = @{ $source{$what} };
        my $error = died { Certpush->new(%options, token_source => $source)->push(@TARGET) };
        like $error, $message, $what;
        is $error->outcome_unknown, 0;
    }
};

subtest 'a token source may have a time limit of its own' => sub {
    my $source = sub {
        local $SIG{ALRM} = sub { die "no answer of the vault\n" };
        alarm 0.1;
        sleep 5;
        return $TOKEN;
    };
    my $error = died { Certpush->new(%options, token_source => $source)->push(@TARGET) };
    is $error->status, Certpush::Status::CREDENTIALS_UNAVAILABLE;
    like $error, qr/no answer of the vault/;
};

subtest 'a handler that dies while the token source runs ends the push when that has returned' => sub {
    local $SIG{ALRM} = sub { die "time is up\n" };
    my $client = Certpush->new(%options, token_source => sub { alarm 0.1; sleep 5; return $TOKEN });
    my $before = $service->pushed;
    my $error  = died { $client->push(@TARGET) };
    is $error->status,          Certpush::Status::CANCELLED;
    is $error->cause,           "time is up\n";
    is $error->outcome_unknown, 0;
    is $service->pushed,        $before;
};

subtest 'in a run of many, log and token source are called by the thread that runs it' => sub {
    my ($asked, @lines) = 0;
    my $client = Certpush->new(
        %options,
        jobs         => 8,
        token_source => sub { $asked++; $TOKEN },
        log          => sub { CORE::push @lines, $_[1] }
    );
    $client->push_all([map { [$ID, $_, 'ELB'] } qw(cn-north-1 cn-north-4 cn-north-9 ap-southeast-1)]);
    is scalar @lines, 4;
    is $asked,        4;
};

done_testing;
