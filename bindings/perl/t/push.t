# A push, several, a list: what the service gets, and what is told.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Certpush;
use File::Temp qw(tempdir);
use Service;
use Test::More;

my $service = Service->start;
my $folder  = tempdir(CLEANUP => 1);

subtest 'a push tells every member' => sub {
    my $report = Certpush->new($service->options)->push(@TARGET);
    isa_ok $report, 'Certpush::Report';
    is $report->status,          0;
    is $report->status_name,     'CERTPUSH_OK';
    is $report->http_status,     204;
    is $report->outcome_unknown, 0;
    is $report->retryable,       0;
    is $report->retry_after_ms,  -1;
    is $report->attempts,        1;
    is $report->phase,           '';
    is $report->certificate_id,  $ID;
    like $report->request_id, qr/\A\w+\z/;
    like $report->message,    qr/was pushed to ELB in ap-southeast-3/;
    like $report->hint,       qr/listener/;
    is_deeply [$report->target_project, $report->target_service], ['ap-southeast-3', 'ELB'];
    is $service->pushed, 1;
};

subtest 'the options may come from the environment' => sub {
    local @ENV{qw(CERTPUSH_ENDPOINT CERTPUSH_CA_FILE CERTPUSH_TOKEN_FILE)}
        = ($service->{https}, $service->{ca_file}, "$service->{folder}/token");
    is(Certpush->new(load_env => 1)->push(@TARGET)->status, 0);
    is died { Certpush->new->push(@TARGET) }->status, Certpush::Status::INVALID_CONFIG;
};

subtest 'an option that is true or false is one of Perl' => sub {
    for my $value (1, 'true') {
        ok(Certpush->new(endpoint => 'http://192.0.2.1', token => $TOKEN, allow_http => $value), "allow_http $value");
    }
    for my $value (0, '', 'false') {
        my $error = died { Certpush->new(endpoint => 'http://192.0.2.1', token => $TOKEN, allow_http => $value) };
        is $error->status, Certpush::Status::INVALID_CONFIG, "allow_http '$value'";
    }
    like died { Certpush->new($service->options, allow_http => 'yes') }, qr/allow_http/;
};

subtest 'a batch push tells of each project in the order asked for' => sub {
    my $client  = Certpush->new($service->options);
    my @reports = $client->batch_push($ID, ['cn-north-4', 'cn-north-7'], 'ELB');
    is_deeply [map { $_->target_project } @reports], ['cn-north-4', 'cn-north-7'];
    is_deeply [map { $_->status } @reports],         [0,            0];
    like $reports[0]->target_certificate_id, qr/\Ascs\d+\z/;
    my $error = died { $client->batch_push($ID, ['cn-north-4', 'no-such-1'], 'WAF') };
    is $error->status, Certpush::Status::INCOMPLETE;
    is_deeply [map { $_->status } $error->results], [0, Certpush::Status::TARGET_REFUSED];
    like $error->to_json, qr/"results":\[\{.*"target_project":"no-such-1"/;
    my $whole = died { $client->batch_push($ID, ['cn-north-4'], 'XYZ') };
    is_deeply [$whole->service_code, $whole->results], ['SCM.0030'];
};

subtest 'a list is pushed whole, and each entry told' => sub {
    my $client = Certpush->new($service->options);
    my @told;
    my @reports = $client->push_all([[@TARGET], [$ID, '', 'CDN']], progress => sub { CORE::push @told, [@_] });
    is_deeply [map { $_->target_service } @reports],                     ['ELB',   'CDN'];
    is_deeply [sort map { "$_->[0] " . $_->[1]->target_service } @told], ['0 ELB', '1 CDN'];
    my $text  = "certificate_id,target_project,target_service\n$ID,ap-southeast-3,WAF\n$ID,no-such,ELB\n";
    my $error = died { $client->push_all($text) };
    is $error->status, Certpush::Status::INCOMPLETE;
    is_deeply [map { $_->service_code } $error->results], ['', 'SCM.0069'];
    is $error->outcome_unknown, 0;
    like died { $client->push_all("$text$ID,,\n") }, qr/line 4/;
    is_deeply [$client->push_all([])], [], 'nothing to push is no failure';
};

subtest 'a progress function that dies has no more begun, and the rest is told' => sub {
    my $any     = Service->start('--any-project');
    my $client  = Certpush->new($any->options, jobs => 1);
    my @entries = map { [$ID, "project-$_", 'ELB'] } 1 .. 1000;
    my $error   = died {
        $client->push_all(\@entries, progress => sub { die "enough\n" })
    };
    is $error->cause, "enough\n";
    my @reports = $error->results;
    is scalar @reports,         1000;
    is $reports[0]->status,     0;
    is $reports[999]->status,   Certpush::Status::NOT_TRIED;
    is $error->outcome_unknown, 0;
};

subtest 'with a journal nothing is pushed twice, and what nobody knows is to be settled' => sub {
    my ($socket, @silent) = Service::silent();
    my $journal = "$folder/journal";
    my $before  = $service->pushed;
    {
        my $client = Certpush->new($service->options, journal => $journal);
        is $client->push(@TARGET)->attempts,             1;
        is $client->push(@TARGET)->attempts,             0;
        is $client->push(@TARGET, again => 1)->attempts, 1;
        is(($client->push_all([[@TARGET]]))[0]->attempts,             0);
        is(($client->push_all([[@TARGET]], again => 1))[0]->attempts, 1);
        is $service->pushed, $before + 3;
        like died { Certpush::settle($journal, @TARGET, 'pushed') }, qr/in use/, 'a client has the journal';
    }
    my $unsettled = "$folder/unsettled";
    my $client    = Certpush->new(@silent, journal => $unsettled);
    ok died { $client->push(@TARGET, timeout_ms => 300) }->outcome_unknown;
    is died { $client->push(@TARGET) }->status, Certpush::Status::UNSETTLED;
    $client->close;
    is(Certpush::settle($unsettled, @TARGET, 'pushed')->status,                0);
    is(Certpush->new(@silent, journal => $unsettled)->push(@TARGET)->attempts, 0);

    for my $outcome ('unknown', 'yes', 1, undef) {
        like died { Certpush::settle($unsettled, @TARGET, $outcome) }, qr/"pushed" or "not_pushed"/;
    }
};

done_testing;
