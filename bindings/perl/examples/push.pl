#!/usr/bin/perl
# Pushes a certificate, and says what to do if nobody knows whether that worked.
#
# Usage: push.pl CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE, with the options in the environment: CERTPUSH_REGION or
# CERTPUSH_ENDPOINT, and CERTPUSH_TOKEN_FILE or CERTPUSH_TOKEN. It exits as the command certpush does.

use strict;
use warnings;
use sigtrap qw(die normal-signals);

use Certpush;

my $report = eval { Certpush->new(load_env => 1)->push(@ARGV) };
if ($report) {
    print $report->message, "\n";
    exit 0;
}
my $error = $@;
print STDERR $error;
die "It is not known whether it was pushed.\n" unless ref $error && $error->isa('Certpush::Error');
print STDERR 'hint: ', $error->hint, "\n" if $error->hint ne '';
if ($error->outcome_unknown) {
    print STDERR "It may have been pushed: look at the target before you push it again.\n";
    exit $error->status + 64;
}
exit $error->status;
