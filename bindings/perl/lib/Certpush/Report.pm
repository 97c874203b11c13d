package Certpush::Report;

# What is known of a call, and, as Certpush::Error, of one that failed. Texts are bytes of UTF-8. A report that has
# lost members on its way says that the certificate may have been pushed.

use 5.014;
use strict;
use warnings;

use Certpush::Constants;

my $members = Certpush::Constants::MEMBERS;

for my $name (keys %$members) {
    my $lost = { status => 99, outcome_unknown => 1, retry_after_ms => -1 }->{$name}
        // ($members->{$name} eq 'string' ? '' : 0);
    no strict 'refs';    ## no critic (ProhibitNoStrict)
    *$name = sub { my ($self) = @_; return $self->{$name} // $lost };
}

# Of members, such as those of another report, or of its JSON.
sub new {
    my ($class, %told) = @_;
    $told{outcome_unknown} = !defined $told{outcome_unknown} || $told{outcome_unknown} ? 1 : 0;
    $told{retryable}       = $told{retryable} && !$told{outcome_unknown}               ? 1 : 0;
    return bless \%told, $class;
}

# The accessors of the library's own reports.
sub attach {
    my ($ffi) = @_;
    for my $name (grep { $_ ne 'status_name' } keys %$members) {
        my $type = $name eq 'retry_after_ms' ? 'sint64' : $members->{$name} eq 'string' ? 'string' : 'sint32';
        $ffi->attach(["certpush_report_$name" => "Certpush::C::report_$name"] => ['opaque'] => $type);
    }
    $ffi->attach([certpush_status_name => 'Certpush::C::status_name'] => ['sint32'] => 'string');
    $ffi->attach([certpush_report_free => 'Certpush::C::report_free'] => ['opaque'] => 'void');
    return;
}

# A copy of what a report of the library says.
sub read {
    my ($class, $report) = @_;
    my %told = map { ($_ => Certpush::C->can("report_$_")->($report)) } grep { $_ ne 'status_name' } keys %$members;
    return $class->new(%told, status_name => Certpush::C::status_name($told{status}));
}

# The same, of one that is to be freed.
sub take {
    my ($class, $report) = @_;
    my $told = $class->read($report);
    Certpush::C::report_free($report);
    return $told;
}

# The object that the command prints for --json, with the results if there are any.
sub to_json {
    my ($self) = @_;
    require JSON::PP;
    return JSON::PP->new->canonical->utf8->convert_blessed->encode($self);
}

sub TO_JSON {
    my ($self) = @_;
    my %told = map { ($_ => $self->$_) } keys %$members;
    for my $name (keys %told) {
        my $type = $members->{$name};
        if    ($type eq 'boolean') { $told{$name} = $told{$name} ? JSON::PP::true() : JSON::PP::false() }
        elsif ($type eq 'string')  { utf8::decode($told{$name}) }
        else                       { $told{$name} += 0 }
    }
    return { %told, $self->{results} ? (results => $self->{results}) : () };
}

package Certpush::Error;

our @ISA = ('Certpush::Report');
use overload '""' => sub { my ($self) = @_; return $self->message . "\n" }, bool => sub {1}, fallback => 1;

# A report for each entry or project, if the call came so far.
sub results { my ($self) = @_; return @{ $self->{results} // [] } }

# What a handler of a signal, or the progress function, has died with, and ended the call by that.
sub cause { my ($self) = @_; return $self->{cause} }

# Dies because a call cannot be made, mostly for an argument that cannot be handed on.
sub refuse {
    my ($class, $message, $status) = @_;
    $status //= 'INVALID_ARGUMENT';
    die $class->new(
        status          => Certpush::Status->can($status)->(),
        status_name     => "CERTPUSH_$status",
        message         => $message,
        phase           => $status eq 'INVALID_ARGUMENT' ? 'arguments' : 'start',
        outcome_unknown => 0,
    );
}

1;
