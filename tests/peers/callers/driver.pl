# The conformance list through Certpush.pm, by lines of standard input or by arguments, each percent-encoded:
# endpoint token_file certificate_id target_project target_service. The module knows a push; a batch push is here.
use strict; use warnings; use FindBin; use lib $FindBin::Bin; use Certpush;
my $operation = $ENV{CERTPUSH_DRIVER_OPERATION} // 'push';
my $told_by = { push => \&Certpush::push, batch_push => \&batch_push }->{$operation}
    or die "driver.pl: the operation $operation is not known\n";
$Certpush::ffi->attach([certpush_batch_push_n => 'batch_push_n'] =>
    ['opaque', (@Certpush::text) x 3, qw(sint64 opaque opaque* opaque*)] => 'sint32');
$Certpush::ffi->attach([certpush_report_list_json => 'list_json'] => ['opaque'] => 'string');
$Certpush::ffi->attach([certpush_report_list_free => 'list_free'] => ['opaque'] => 'void');
$| = 1;

sub batch_push {
    my ($self, @target) = @_;
    my $list;
    if ($self->{client}) {
        Certpush::report_free($self->{report});
        batch_push_n($self->{client}, (map { ($_, length) } @target), 0, undef, \$list, \$self->{report});
    }
    my $results = list_json($list);
    list_free($list);
    return Certpush::json($self->{report}) =~ s/\}$/,"results":$results}/r;
}

sub answer {
    my ($endpoint, $token_file, @target) = map { s/%(..)/chr hex $1/ger } @_;
    my $options = "load_env=true\n";
    $options .= "endpoint=$endpoint\n" if $endpoint ne '';
    $options .= "token_file=$token_file\n" if $token_file ne '';
    my $client = Certpush->open($options);
    my $told;
    $told = $told_by->($client, @target) for 1 .. $ENV{CERTPUSH_DRIVER_REPEAT} // 1;
    print "$told\n";
}
@ARGV ? answer(@ARGV) : do { while (<STDIN>) { chomp; answer(split / /, $_, 5) } };
