# The conformance list through Certpush.pm, by lines of standard input or by arguments, each percent-encoded:
# endpoint token_file certificate_id target_project target_service.
use strict; use warnings; use FindBin; use lib $FindBin::Bin; use Certpush;
die "driver.pl: the operation $ENV{CERTPUSH_DRIVER_OPERATION} is not known\n"
    if ($ENV{CERTPUSH_DRIVER_OPERATION} // 'push') ne 'push';
$| = 1;
sub answer { my ($endpoint, $token_file, @target) = map { s/%(..)/chr hex $1/ger } @_;
    my $options = "load_env=true\n";
    $options .= "endpoint=$endpoint\n" if $endpoint ne '';
    $options .= "token_file=$token_file\n" if $token_file ne '';
    print Certpush::push($options, @target), "\n" for 1 .. $ENV{CERTPUSH_DRIVER_REPEAT} // 1 }
@ARGV ? answer(@ARGV) : do { while (<STDIN>) { chomp; answer(split / /, $_, 5) } };
