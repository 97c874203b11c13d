# 10,000 pushes, and as many failures, need no more memory than the first thousand.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Certpush;
use Service;
use Test::More;

my $service = Service->start(qw(--repeat-policy accept));
my $client  = Certpush->new($service->options(endpoint => $service->{http}, token_file => "$service->{folder}/token"));
my %call    = (
    pushes   => sub { $client->push(@TARGET) },
    failures => sub {
        eval { $client->push($ID, 'no-such', 'ELB') }
    },
    clients => sub {
        Certpush->new(endpoint => $service->{http}, token => $TOKEN, log => sub { });
    },
    lists => sub {
        eval { $client->batch_push($ID, ['no-such', 'p'], 'ELB') }
    },
);

sub kilobytes { return read_file('/proc/self/smaps_rollup') =~ /^Private_Dirty:\s+(\d+)/m ? $1 : die 'no figure' }

for my $what (sort keys %call) {
    $call{$what}->() for 1 .. 1_000;
    my $before = kilobytes();
    $call{$what}->() for 1 .. 9_000;
    cmp_ok kilobytes() - $before, '<', 300, "$what: KB more";
}

done_testing;
