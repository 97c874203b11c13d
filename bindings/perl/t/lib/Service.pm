package Service;

# The simulated service, and others that do not answer; and what a test that uses them needs.

use strict;
use warnings;

use Exporter   qw(import);
use File::Temp qw(tempdir);
use FindBin;
use HTTP::Tiny;
use IO::Socket::INET;
use IPC::Open2;
use JSON::PP;

our @EXPORT = qw($ID @TARGET $TOKEN died recorded read_file write_file running wait_for_request);

our $ID     = 'scs1600313391074';
our @TARGET = ($ID, 'ap-southeast-3', 'ELB');
our $TOKEN  = "token-of-the-tests-in-perl-of-some-length";

$ENV{no_proxy} = '*';
delete @ENV{ grep { /\A(?:CERTPUSH|HUAWEICLOUD)_/ && !/\ACERTPUSH_(?:SIM|REQUIRE_TOOLS)\z/ } keys %ENV };

# A running simulator. It ends with the test, whatever becomes of that.
sub start {
    my ($class, @arguments) = @_;
    my $folder = tempdir(CLEANUP => 1);
    write_file("$folder/token", $TOKEN);
    chmod 0600, "$folder/token";
    my $pid = open2(my $out, my $in, $ENV{CERTPUSH_SIM} // die("CERTPUSH_SIM is not set\n"),
        '--stop-on-stdin-eof', '--token-file', "$folder/token", '--ca-file', "$folder/ca.pem", @arguments);
    my $ready = decode_json(scalar readline $out);
    return bless { %$ready, pid => $pid, in => $in, out => $out, folder => $folder, owner => $$ }, $class;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!);
    close $self->{in};
    waitpid $self->{pid}, 0;
    return;
}

# The options of a client of it.
sub options {
    my ($self, %more) = @_;
    return (endpoint => $self->{https}, ca_file => $self->{ca_file}, token_file => "$self->{folder}/token", %more);
}

sub ask {
    my ($self, $what) = @_;
    return decode_json(HTTP::Tiny->new->get("$self->{http}/sim/$what")->{content});
}

sub pushed { my ($self) = @_; return scalar @{ $self->ask('pushed') } }

# A service that takes requests and never answers: its socket, and the options of a client of it.
sub silent {
    my $socket = IO::Socket::INET->new(Listen => 1024, LocalAddr => '127.0.0.1', Timeout => 20) or die "no socket: $!";
    return ($socket, endpoint => 'http://127.0.0.1:' . $socket->sockport, token => $TOKEN, retries => 0);
}

# Returns when a whole request has come to a silent service. The connection is open while the result is kept.
sub wait_for_request {
    my ($socket)   = @_;
    my $connection = $socket->accept or die "nobody connects: $!";
    my $got        = '';
    while ($got !~ /\r\n\r\n\{.*\}/s) { sysread $connection, $got, 65536, length $got or die "no request: $got" }
    return $connection;
}

# What a block dies with, which is kept for the scan of all that tests were told.
sub died(&) {    ## no critic (ProhibitSubroutinePrototypes)
    my ($block) = @_;
    eval { $block->(); 1 } and return;
    my $died = $@;
    recorded("$died", ref $died && $died->isa('Certpush::Error') ? $died->to_json : '');
    return $died;
}

sub recorded {
    my (@texts) = @_;
    return unless $ENV{TRANSCRIPTS};
    open my $file, '>>', "$ENV{TRANSCRIPTS}/perl.transcript" or die "no transcript: $!";
    print {$file} map {"$_\n"} @texts;
    return close $file;
}

# A program of these lines in a process of its own, which knows all that tests do: its pid and its output.
sub running {
    my ($program, @arguments) = @_;
    my @perl = ($^X, (map {"-I$_"} @INC), qw(-Mstrict -MService -MCertpush), '-MTime::HiRes=time,alarm');
    my $pid  = open my $output, '-|', @perl, '-e', "\$| = 1; $program", @arguments or die "cannot run: $!";
    return ($pid, $output);
}

sub read_file {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!";
    local $/;
    return scalar readline $file;
}

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>:raw', $path or die "$path: $!";
    print {$file} $text;
    return close $file;
}

1;
