package Certpush;    # push(options, certificate_id, target_project, target_service): all bytes; returns JSON
use strict; use warnings; use FFI::Platypus 2.00;
my $ffi = FFI::Platypus->new(api => 2, lib => $ENV{CERTPUSH_LIBRARY} // 'libcertpush.so.0.2');
my @text = qw(string size_t);
$ffi->attach([certpush_client_open => 'client_open'] => [@text, qw(opaque* opaque*)] => 'sint32');
$ffi->attach([certpush_push_n => 'push_n'] => ['opaque', (@text) x 3, qw(sint64 opaque opaque*)] => 'sint32');
$ffi->attach([certpush_report_json => 'json'] => ['opaque'] => 'string');
$ffi->attach(["certpush_$_" => $_] => ['opaque'] => 'void') for qw(client_free report_free);
sub push { my ($options, @target) = @_; my ($client, $report);
    client_open($options, length $options, \$client, \$report)
        or push_n($client, (map { ($_, length) } @target), 0, undef, \$report);
    my $told = json($report); report_free($report); client_free($client);
    return $told }
1;
