# The conformance list through Certpush.pm, by lines of standard input or by arguments, each percent-encoded:
# endpoint token_file certificate_id target_project target_service.
use strict; use warnings; use FindBin; use lib $FindBin::Bin; use Certpush;
my $operation = $ENV{CERTPUSH_DRIVER_OPERATION} // 'push';
die "driver.pl: the operation $operation is not known\n" if $operation ne 'push';
$| = 1;
sub answer {
    my ($endpoint, $token_file, @target) = map { s/%(..)/chr hex $1/ger } @_;
    my $options = "load_env=true\n";
    $options .= "endpoint=$endpoint\n" if $endpoint ne '';
    $options .= "token_file=$token_file\n" if $token_file ne '';
    my $client = Certpush->open($options);
    my $told;
    $told = $client->push(@target) for 1 .. $ENV{CERTPUSH_DRIVER_REPEAT} // 1;
    print "$told\n";
}
@ARGV ? answer(@ARGV) : do { while (<STDIN>) { chomp; answer(split / /, $_, 5) } };
