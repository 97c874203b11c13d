# Runs all tests of this folder, names those that were skipped, and counts.

use strict;
use warnings;

use FindBin;
use TAP::Harness;

my %skipped;
my $harness = TAP::Harness->new({ lib => ["$FindBin::Bin/../lib"], verbosity => 0 });
$harness->callback(
    made_parser => sub {
        my ($parser, $job) = @_;
        $parser->callback(
            test => sub {
                my ($test) = @_;
                $skipped{ $job->[1] . ' ' . $test->number } = $test->explanation if $test->has_skip;
            }
        );
    }
);
my $done = $harness->runtests(map { [$_, $_ =~ s{.*/}{}r] } sort glob "$FindBin::Bin/*.t");
print "# SKIPPED: $_: $skipped{$_}\n" for sort keys %skipped;
printf "%d passed, %d failed, %d skipped\n", $done->passed - keys %skipped, scalar($done->failed) + $done->parse_errors,
    scalar keys %skipped;
exit !$done->all_passed;
