package Certpush;    # Certpush->open(options)->push(certificate_id, target_project, target_service): bytes in, JSON out
use strict; use warnings; use FFI::Platypus 2.00;
our $ffi = FFI::Platypus->new(api => 2, lib => $ENV{CERTPUSH_LIBRARY} // 'libcertpush.so.0.2');
our @text = qw(string size_t);
$ffi->attach([certpush_client_open => 'client_open'] => [@text, qw(opaque* opaque*)] => 'sint32');
$ffi->attach([certpush_push_n => 'push_n'] => ['opaque', (@text) x 3, qw(sint64 opaque opaque*)] => 'sint32');
$ffi->attach([certpush_report_json => 'json'] => ['opaque'] => 'string');
$ffi->attach(["certpush_$_" => $_] => ['opaque'] => 'void') for qw(client_free report_free);
sub open { my $self = bless {}; client_open($_[1], length $_[1], \@$self{qw(client report)}); return $self }
sub push { my ($self, @target) = @_; return json($self->{report}) unless $self->{client};
    report_free($self->{report}); push_n($self->{client}, (map { ($_, length) } @target), 0, undef, \$self->{report});
    return json($self->{report}) }
sub DESTROY { my $self = shift; report_free($self->{report}); client_free($self->{client}) }
1;
