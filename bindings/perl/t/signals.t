# A signal while a push waits: its handler runs, and ends the push by dying.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Certpush;
use JSON::PP qw(decode_json);
use Service;
use Test::More;
use Time::HiRes qw(alarm time);

my ($socket, @silent) = Service::silent();
my $client = Certpush->new(@silent);

# What is told by a program with this handler that gets a signal when its push has been sent.
sub told_after {
    my ($signal, $handler) = @_;
    my ($own,    @own)     = Service::silent();
    my ($pid,    $output)  = running(<<"PROGRAM", @own);
        $handler;
        eval { Certpush->new(\@ARGV)->push(\@TARGET) };
        print time, "\\n", \$\@->to_json, "\\n", \$\@->cause;
PROGRAM
    my $connection = wait_for_request($own);
    my $sent       = time;
    kill $signal => $pid;
    my ($ended, $json, @cause) = <$output>;
    recorded($json, @cause);
    close $output;
    cmp_ok $ended - $sent, '<', 0.2, "$signal ends the push at once";
    return (decode_json($json), join '', @cause);
}

subtest 'Ctrl-C ends a push at once and tells that it may have been pushed' => sub {
    for my $handler ('$SIG{INT} = sub { die "interrupted\n" }', 'use sigtrap qw(die normal-signals)') {
        my ($told, $cause) = told_after(INT => $handler);
        is $told->{status_name}, 'CERTPUSH_CANCELLED';
        ok $told->{outcome_unknown};
        like $cause, qr/interrupted|SIGINT/;
    }
};

subtest 'so does any other signal whose handler dies, be it named by its name' => sub {
    my ($told, $cause) = told_after(TERM => 'sub stop { die "stop\n" } $SIG{TERM} = "stop"');
    is_deeply [$told->{status}, $cause], [Certpush::Status::CANCELLED, "stop\n"];
};

subtest 'alarm ends a push at once' => sub {
    my $began = time;
    my $error = died {
        local $SIG{ALRM} = sub { die "time is up\n" };
        alarm 0.3;
        $client->push(@TARGET);
    };
    my $lasted = time - $began;
    cmp_ok $lasted, '>=', 0.3;
    cmp_ok $lasted, '<',  0.5;
    is_deeply [$error->status, $error->outcome_unknown, $error->cause],
        [Certpush::Status::CANCELLED, 1, "time is up\n"];
};

subtest 'an exception that is an object is kept as it is' => sub {
    my $thrown = bless { why => 'shutdown' }, 'Shutdown';
    my $error  = died {
        local $SIG{ALRM} = sub { die $thrown };
        alarm 0.1;
        $client->push(@TARGET);
    };
    is $error->cause, $thrown;
};

subtest 'a handler that returns runs at once, and does not disturb the push' => sub {
    my ($began, @ran) = time;
    local $SIG{ALRM} = sub { CORE::push @ran, time - $began; alarm 0.1 if @ran < 3 };
    alarm 0.1;
    my $error = died { $client->push(@TARGET, timeout_ms => 600) };
    is $error->status, Certpush::Status::TIMEOUT;
    is scalar @ran,    3;
    cmp_ok $ran[2], '<', 0.5;
};

subtest 'handlers are what they were, also if one of them has set another' => sub {
    my $handler = sub { $SIG{USR2} = 'IGNORE'; die "once\n" };
    local @SIG{qw(ALRM USR1 USR2 HUP)} = ($handler, 'main::named', sub {2}, 'IGNORE');
    alarm 0.1;
    died { $client->push(@TARGET) };
    is_deeply [@SIG{qw(ALRM USR1 USR2 HUP)}], [$handler, 'main::named', 'IGNORE', 'IGNORE'];
    is $SIG{INT}, undef;
};
sub named {return}

subtest 'no signal is lost, and none dies through the library, in a storm' => sub {

    # Before the first of them comes. Whoever dies all the same is a zombie, which takes signals.
    local $SIG{USR1} = 'IGNORE';
    my $parent = $$;
    my $storm  = fork // die "no fork: $!";
    if (!$storm) {
        while (getppid == $parent && kill USR1 => $parent) { Time::HiRes::sleep(0.0005) }
        require POSIX;
        POSIX::_exit(0);
    }
    my ($count, @warned) = 0;
    local $SIG{__WARN__} = sub { CORE::push @warned, @_ };
    for (1 .. 100) {
        my $error = died {
            local $SIG{USR1} = sub { $count++; die "storm\n" };
            $client->push(@TARGET, timeout_ms => 5_000);
        };
        last if !defined $error || (ref $error ? $error->cause : $error) ne "storm\n";
    }
    kill KILL => $storm;
    waitpid $storm, 0;
    cmp_ok $count, '>=', 100;
    is_deeply \@warned, [];
};

subtest 'a push from a handler, on the same client, is made' => sub {
    my $service = Service->start;
    my $other   = Certpush->new($service->options);
    my $status;
    local $SIG{ALRM} = sub {
        $status = $other->push(@TARGET)->status;
        died { $client->push(@TARGET, timeout_ms => 100) }
    };
    alarm 0.1;
    is died { $client->push(@TARGET, timeout_ms => 400) }->status, Certpush::Status::TIMEOUT;
    is $status,                                                    0;
};

subtest 'exit in a handler ends the program, which says that it may have been pushed' => sub {
    my ($own, @own)    = Service::silent();
    my ($pid, $output) = running(<<'PROGRAM', @own);
        open STDERR, '>&', \*STDOUT;
        END { print "the end\n" }
        $SIG{TERM} = sub { exit 3 };
        my $client = Certpush->new(@ARGV);
        $client->push(@TARGET);
PROGRAM
    my $connection = wait_for_request($own);
    kill TERM => $pid;
    my $told = join '', <$output>;
    close $output;
    is $? >> 8, 3;
    like $told, qr/may have been pushed.*\nthe end\n\z/;
};

subtest 'a run of many ends at once, and tells each' => sub {
    my $error = died {
        local $SIG{ALRM} = sub { die "time is up\n" };
        alarm 0.3;
        $client->push_all([[@TARGET], [$ID, '', 'CDN']]);
    };
    is $error->cause, "time is up\n";
    is_deeply [map { $_->status } $error->results], [Certpush::Status::CANCELLED, Certpush::Status::NOT_TRIED];
    is $error->outcome_unknown, 1;
};

done_testing;
