# What a failure tells, and keeps on its way through a program.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Certpush;
use JSON::PP ();
use Service;
use Storable ();
use Test::More;

my $service = Service->start;
my $client  = Certpush->new($service->options);
my ($socket, @silent) = Service::silent();

my $refused = died { $client->push($ID, 'no-such', 'ELB') };
my $unknown = died { Certpush->new(@silent)->push(@TARGET, timeout_ms => 200) };

subtest 'a refusal has every member, and a line of its own as text' => sub {
    is $refused->status,       Certpush::Status::BAD_REQUEST;
    is $refused->http_status,  400;
    is $refused->service_code, 'SCM.0069';
    like $refused->message, qr/\A[^\n]*it was not pushed[^\n]*\z/;
    is "$refused", $refused->message . "\n";
    like $refused->hint, qr/project's name/;
    is $refused->$_, 0, $_ for qw(outcome_unknown retryable);
    is $refused->attempts, 1;
    ok $refused, 'it is true';
};

subtest 'an answer that does not come leaves the outcome unknown' => sub {
    is $unknown->status,          Certpush::Status::TIMEOUT;
    is $unknown->outcome_unknown, 1;
    is $unknown->retryable,       0;
    like "$unknown", qr/it may have been pushed/;
};

subtest 'a copy, and one that was sent or stored, tell the same' => sub {
    for my $error ($refused, $unknown) {
        is_deeply(Storable::dclone($error),                 $error);
        is_deeply(Storable::thaw(Storable::freeze($error)), $error);
        my $rebuilt = Certpush::Error->new(%{ JSON::PP::decode_json($error->to_json) });
        is $rebuilt->$_, $error->$_, $_ for sort keys %{ +Certpush::Constants::MEMBERS };
        is $rebuilt->to_json, $error->to_json;
    }
};

subtest 'what has lost its members says that it may have been pushed' => sub {
    for my $lost (
        Certpush::Error->new,
        Certpush::Error->new(message         => 'lost',         status    => 14),
        Certpush::Error->new(outcome_unknown => undef,          retryable => 1),
        Certpush::Error->new(outcome_unknown => JSON::PP::true, retryable => JSON::PP::true),
        (bless {}, 'Certpush::Error'),
        )
    {
        is $lost->outcome_unknown, 1;
        is $lost->retryable,       0;
        isnt $lost->status,        0;
        like $lost->to_json, qr/"outcome_unknown":true/;
    }
    is(Certpush::Error->new(outcome_unknown => JSON::PP::false)->outcome_unknown, 0);
};

subtest 'a report is told as the command tells it' => sub {
    my $told = JSON::PP::decode_json($unknown->to_json);
    is_deeply [sort keys %$told], [sort keys %{ +Certpush::Constants::MEMBERS }];
    ok $told->{outcome_unknown} && JSON::PP::is_bool($told->{$_}), $_ for qw(outcome_unknown retryable);
    like $unknown->to_json, qr/"status":14,/;
};

subtest 'a service that speaks Chinese is told in bytes of UTF-8' => sub {
    my $error = died { Certpush->new($service->options(language => 'zh-cn'))->push($ID, 'no-such', 'ELB') };
    my $bytes = $error->service_message;
    ok !utf8::is_utf8($bytes);
    ok utf8::decode($bytes);
    like $bytes, qr/\p{Han}/;
    is(JSON::PP::decode_json($error->to_json)->{service_message}, $bytes);
};

subtest 'options that are refused name themselves, and no secret' => sub {
    my $PASSWORD = "password-with a blank and\ta tab";
    my $error
        = died { Certpush->new($service->options, user_name => 'IAMUser', user_password => $PASSWORD, retries => 'x') };
    is $error->status, Certpush::Status::INVALID_CONFIG;
    like "$error",          qr/"?retries"?/;
    unlike $error->to_json, qr/password-with/;
    like died { Certpush->new(colour => 'red') },   qr/"colour" is no option/;
    like died { Certpush->new('region') },          qr/names with values/;
    like died { Certpush->new(log => 'syslog') },   qr/log must be a function/;
    like died { Certpush->new(token_source => 1) }, qr/token_source must be a function/;
};

done_testing;
