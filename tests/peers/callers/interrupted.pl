# Pushes to a service that does not answer, until Ctrl-C: what was asked for is told, and the signal's own
# exception afterwards. Usage: interrupted.pl OPTIONS CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE
use strict; use warnings; use FFI::Platypus 2.00;
my ($options, @target) = @ARGV;
my $ffi = FFI::Platypus->new(api => 2, lib => $ENV{CERTPUSH_LIBRARY} // 'libcertpush.so.0.2');
my @text = qw(string size_t);
$ffi->attach("certpush_config_new" => [] => 'opaque');
$ffi->attach("certpush_config_set_options" => ['opaque', @text, 'opaque*'] => 'sint32');
$ffi->attach("certpush_config_set_interrupt" => ['opaque', '(opaque)->sint32', qw(opaque opaque*)] => 'sint32');
$ffi->attach("certpush_client_new" => [qw(opaque opaque* opaque*)] => 'sint32');
$ffi->attach("certpush_push_n" => ['opaque', (@text) x 3, qw(sint64 opaque opaque*)] => 'sint32');
$ffi->attach("certpush_report_json" => ['opaque'] => 'string');
$ffi->attach("certpush_$_" => ['opaque'] => 'void') for qw(config_free client_free report_free);

# Perl runs a signal's handler when it is next at work, which is here. Nothing may leave this function.
my $thrown;
my $check = $ffi->closure(sub { return eval { 1 } && !defined $thrown ? 0 : 1 });
$SIG{INT} = sub { $thrown = "interrupted\n" };

my $config = certpush_config_new();
my ($client, $report);
certpush_config_set_options($config, $options, length $options, \$report)
    or certpush_config_set_interrupt($config, $check, undef, \$report)
    or certpush_client_new($config, \$client, \$report)
    or do { $| = 1; print "pushing\n";
            certpush_push_n($client, (map { ($_, length) } @target), 0, undef, \$report) };
print certpush_report_json($report), "\n";
certpush_report_free($report); certpush_client_free($client); certpush_config_free($config);
die $thrown if defined $thrown;
