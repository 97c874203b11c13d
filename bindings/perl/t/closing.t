# Clients end when they are told to, or are forgotten, and only once.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Certpush;
use Config;
use Service;
use Test::More;
use Time::HiRes qw(alarm time);

my $service = Service->start;
my ($socket, @silent) = Service::silent();

sub descriptors { return scalar(() = glob '/proc/self/fd/*') }

subtest 'a closed client refuses to push, and may be closed again' => sub {
    my $client = Certpush->new($service->options);
    $client->push(@TARGET);
    $client->close for 1 .. 2;
    for my $call (
        sub { $client->push(@TARGET) },
        sub { $client->batch_push($ID, ['p'], 'ELB') },
        sub { $client->push_all([]) }
        )
    {
        my $error = died { $call->() };
        like $error, qr/the client is closed/;
        is_deeply [$error->status, $error->attempts, $error->outcome_unknown], [Certpush::Status::CANCELLED, 0, 0];
    }
};

subtest 'a client that is forgotten is freed with its connections, log and token source' => sub {
    my $before = descriptors();
    my $gone   = 0;
    no warnings 'once';
    local *Gone::DESTROY = sub { $gone++ };
    for (1 .. 50) {
        my $kept      = bless [], 'Gone';
        my %functions = (log => sub {$kept}, token_source => sub { $kept && $TOKEN });
        my %options   = $service->options(%functions);
        delete $options{token_file};
        Certpush->new(%options)->push(@TARGET);
        died { Certpush->new(%options, region => 'and an endpoint') };
    }
    is descriptors(), $before;
    is $gone,         50;
};

subtest 'a handler closes a client: its push ends at once and tells' => sub {
    my $client = Certpush->new(@silent);
    local $SIG{ALRM} = sub { $client->close };
    alarm 0.2;
    my $began = time;
    my $error = died { $client->push(@TARGET) };
    cmp_ok time - $began, '<', 0.4;
    is_deeply [$error->status, $error->outcome_unknown], [Certpush::Status::CANCELLED, 1];
    like died { $client->push(@TARGET) }, qr/the client is closed/;
};

subtest 'a handler forgets a client that pushes' => sub {
    my $client = Certpush->new(@silent);
    local $SIG{ALRM} = sub { undef $client };
    alarm 0.1;
    is died { $client->push(@TARGET, timeout_ms => 300) }->status, Certpush::Status::TIMEOUT;
};

subtest 'a client that is global to the program does not disturb its end' => sub {
    my ($pid, $output) = running(<<'PROGRAM', $service->options);
        open STDERR, '>&', \*STDOUT;
        our $client = Certpush->new(@ARGV);
        $Certpush::another = $client;
        print $client->push(@TARGET)->status;
PROGRAM
    is join('', <$output>), '0';
    ok close $output;
};

subtest 'parent and child push on one client, and each tells its own' => sub {
    my $client = Certpush->new($service->options);
    $client->push(@TARGET);
    my $before = $service->pushed;
    my $child  = open my $told, '-|';
    if (!$child) {
        my @told = map { $client->push(@TARGET)->request_id } 1 .. 20;
        print "@told";
        my $error = died { $client->push($ID, 'no-such', 'ELB') };
        print ' ', $error->to_json;
        undef $client;
        require POSIX;
        close STDOUT;
        POSIX::_exit(0);
    }
    my %seen = map { ($client->push(@TARGET)->request_id => 1) } 1 .. 20;
    my ($ids, $json) = <$told> =~ /\A(.*?) (\{.*)/;
    close $told;
    $seen{$_}++ for split / /, $ids;
    is scalar(keys %seen), 40, 'no answer was told twice';
    is $service->pushed, $before + 40;
    like $json, qr/SCM\.0069.*"outcome_unknown":false/;
    is $client->push(@TARGET)->status, 0;
};

subtest 'each thread has clients of its own' => sub {
    plan skip_all => 'perl is built without threads' unless $Config{useithreads};
    my ($pid, $output) = running(<<'PROGRAM', $service->options);
        use threads;
        my %options = @ARGV;
        my $client  = Certpush->new(%options);
        $client->push(@TARGET);
        my @threads = map { threads->create(sub {
            ref $client eq 'Certpush' and die "the client was copied";
            my $own = Certpush->new(%options, log => sub { $_[1] });
            my $told = join ' ', map { $own->push(@TARGET)->status } 1 .. 50;
            eval { $own->push($TARGET[0], 'no-such', 'ELB') };
            return "$told $@";
        }) } 1 .. 8;
        print $_->join for @threads;
        print $client->push(@TARGET)->status;
PROGRAM
    my $told = join '', <$output>;
    ok close $output;
    is scalar(() = $told =~ /(?:0 ){50}push of/g), 8;
    like $told, qr/\n0\z/;
};

done_testing;
