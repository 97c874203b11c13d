# The conformance driver of Perl's module: tests/conformance/README.md says what it must do. Five percent-encoded
# arguments, or lines of five: endpoint token_file certificate_id target_project target_service.

use strict;
use warnings;

use Certpush;
use JSON::PP ();    # Before the first push, for its memory is watched.

my $operation = $ENV{CERTPUSH_DRIVER_OPERATION} // 'push';
my %call      = (
    push       => sub { my ($client, @target) = @_; return $client->push(@target) },
    batch_push => sub {
        my ($client, $id, $projects, $service) = @_;
        my @results = $client->batch_push($id, [split /,/, $projects, -1], $service);

        # What is not one project's is alike; a batch push that reached all has no report of the whole.
        return Certpush::Report->new(
            %{ $results[0] },
            target_project        => $projects,
            target_certificate_id => '',
            service_message       => '',
            results               => \@results,
        );
    },
);
my $call = $call{$operation} or die "driver.pl: the operation $operation is not known\n";

sub answer {
    my ($endpoint, $token_file, @target) = map {s/%(..)/chr hex $1/ger} @_;
    my %option = (load_env => 1);
    $option{endpoint}   = $endpoint   if $endpoint ne '';
    $option{token_file} = $token_file if $token_file ne '';
    my $told;
    eval {
        my $client = Certpush->new(%option);
        for (1 .. $ENV{CERTPUSH_DRIVER_REPEAT} // 1) {
            $told = eval { $call->($client, @target) } || $@;
        }
        1;
    } or $told = $@;
    $told->{results} //= [] if $operation eq 'batch_push';
    print $told->to_json, "\n";
    return;
}

$| = 1;
if (@ARGV) { answer(@ARGV) }
else {
    while (my $line = <STDIN>) { chomp $line; answer(split / /, $line, 5) }
}
