# Texts go over as they are, or are refused.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Certpush;
use Service;
use Test::More;

my $service = Service->start;
my $client  = Certpush->new($service->options);

my %refused = (
    'undef'                         => [undef,          qr/target_project must be a text/],
    'a reference'                   => [['p'],          qr/target_project must be a text/],
    'a byte that is no UTF-8'       => ["caf\xe9",      qr/target_project is not UTF-8/],
    'a decoded text beyond Latin-1' => ["\x{263a}",     qr/target_project must be bytes/],
    'half a surrogate pair'         => ["\xed\xa0\x80", qr/target_project is not UTF-8/],
    'a NUL'                         => ["p\0q",         qr/target_project has a control character/],
);

for my $what (sort keys %refused) {
    my ($text, $message) = @{ $refused{$what} };
    my $error = died { $client->push($ID, $text, 'ELB') };
    like $error, $message, "$what is refused";
    is $error->status,          Certpush::Status::INVALID_ARGUMENT;
    is $error->outcome_unknown, 0;
    is $error->attempts,        0;
}
is_deeply $service->ask('received'), [], 'nothing of that was sent';

my $flagged = "ap-southeast-3";
utf8::upgrade($flagged);
is $client->push($ID, $flagged, 'ELB')->status, 0, 'it does not count how Perl keeps a text';

my $error = died { $client->push($ID, "caf\xc3\xa9", 'ELB') };
is $error->target_project,                               "caf\xc3\xa9", 'bytes of UTF-8 come back as they went';
is $service->ask('received')->[-1]{body} =~ /caf\x{e9}/, 1,             'and reach the service';

like died { $client->push($ID,     'p') },          qr/target_service must be a text/, 'a missing argument is refused';
like died { $client->push(@TARGET, timeout => 3) }, qr/has no option timeout/,         'an unknown option is refused';
like died { $client->push(@TARGET, 'timeout_ms') }, qr/names with values/, 'a name without a value is refused';
like died { $client->push(@TARGET, timeout_ms => $_) }, qr/timeout_ms/, 'no time is refused'
    for 0, -5, 0.5, 'soon', undef, 1e12;
like died { $client->batch_push($ID, ['a,b', 'c'], 'ELB') }, qr/has a comma/,         'a comma in a name is refused';
like died { $client->batch_push($ID, 'a', 'ELB') },          qr/reference to a list/, 'projects are a list';
like died { $client->batch_push($ID, [], 'ELB') },           qr/target_projects/,     'projects are at least one';
like died { $client->push_all([['a']]) },               qr/target_project must be a text/, 'an entry has three parts';
like died { $client->push_all(['a']) },                 qr/target_project must be a text/, 'an entry is a list';
like died { $client->push_all([], progress => undef) }, qr/progress must be a function/,   'progress is a function';
like died { $client->push_all(undef) },                 qr/list must be a text/,           'a list is a list or a text';

done_testing;
