package Certpush;

# Pushes SSL certificates through libcertpush: texts, errors, lifetimes and callbacks are translated, all else is the
# library's. `perldoc Certpush` has each method, README.md how to use them.

use 5.014;
use strict;
use warnings;

use Certpush::Constants;
use Certpush::Report;
use FFI::Platypus 2.00;
use FFI::Platypus::DL qw(dlopen dlerror RTLD_PLATYPUS_DEFAULT);
use overload          ();

our $VERSION = '0.2.0';

defined dlopen(Certpush::Constants::LIBRARY, RTLD_PLATYPUS_DEFAULT)
    or die "Certpush needs certpush's library (make install, then ldconfig): " . dlerror() . "\n";

my $ffi      = FFI::Platypus->new(api => 2, lib => Certpush::Constants::LIBRARY);
my @text     = qw(string size_t);
my @target   = (@text) x 3;
my %callback = (
    interrupt    => '(opaque)->sint32',
    log          => '(opaque,sint32,string)->void',
    token_source => '(opaque,opaque)->void',
    progress     => '(opaque,size_t,opaque)->sint32',
);
my @push      = ('opaque', @target, qw(sint64 opaque opaque*));
my @run       = (qw(opaque opaque sint64), $callback{progress}, qw(opaque opaque opaque* opaque*));
my %functions = (
    opaque => {
        config_new      => [],
        push_list_new   => [],
        report_list_get => [qw(opaque size_t)],
    },
    size_t => { report_list_count => ['opaque'] },
    sint32 => {
        config_set_n            => ['opaque', @text, @text, 'opaque*'],
        config_load_env         => [qw(opaque opaque*)],
        config_set_interrupt    => ['opaque', $callback{interrupt},    qw(opaque opaque*)],
        config_set_log          => ['opaque', $callback{log},          qw(opaque opaque*)],
        config_set_token_source => ['opaque', $callback{token_source}, qw(opaque opaque*)],
        client_new              => [qw(opaque opaque* opaque*)],
        push_n                  => \@push,
        push_again_n            => \@push,
        batch_push_n            => ['opaque', @target, qw(sint64 opaque opaque* opaque*)],
        push_list_add_n         => ['opaque', @target, 'opaque*'],
        push_list_read_n        => ['opaque', @text,   'opaque*'],
        push_all                => \@run,
        push_all_again          => \@run,
        journal_settle_n        => [@text, @target, qw(sint32 opaque*)],
    },
    void => {
        token_request_give => ['opaque', @text],
        token_request_fail => [qw(opaque string)],
        client_close       => ['opaque'],
        map { ($_ . '_free' => ['opaque']) } qw(config client push_list report_list)
    },
);

for my $type (keys %functions) {
    my $named = $functions{$type};
    $ffi->attach(["certpush_$_" => "Certpush::C::$_"] => $named->{$_} => $type) for keys %$named;
}
Certpush::Report::attach($ffi);

our $call;       # the call that runs: what callbacks and handlers of signals have died with, and those handlers
our $exiting;    # exit was called in a callback: whatever the library was at stays as it is

sub new {
    my ($class, @options) = @_;
    my %option = _options(\@options);
    my $self   = bless { running => 0, config => Certpush::C::config_new() }, $class;
    $self->_hand_over(config_set_interrupt    => \&_check);
    $self->_hand_over(config_set_log          => _log(delete $option{log})) if exists $option{log};
    $self->_hand_over(config_set_token_source => _token_source(delete $option{token_source}))
        if exists $option{token_source};
    my $load_env = delete $option{load_env};
    for my $key (sort keys %option) {
        my $value = $option{$key};
        if (Certpush::Constants::BOOLEANS->{$key} && ($value // '?') =~ /\A[01]?\z/) {
            $value = $value ? 'true' : 'false';
        }
        _call(config_set_n => $self->{config}, _text('an option' => $key), _text($key, $value));
    }
    _call(config_load_env => $self->{config}) if $load_env;
    _call(client_new      => $self->{config}, \$self->{client});
    Certpush::C::config_free(delete $self->{config});
    return $self;
}

sub push {
    my ($self, $id, $project, $service, @options) = @_;
    my %option   = _options(\@options, qw(timeout_ms again));
    my $function = $option{again} ? 'push_again_n' : 'push_n';
    return $self->_run($function, _target($id, $project, $service), $option{timeout_ms}, undef);
}

sub batch_push {
    my ($self, $id, $projects, $service, @options) = @_;
    my %option = _options(\@options, 'timeout_ms');
    ref $projects eq 'ARRAY' or Certpush::Error->refuse('target_projects must be a reference to a list');
    my @names = map { (_text(target_projects => $_))[0] } @$projects;
    Certpush::Error->refuse('a name in target_projects has a comma') if grep {/,/} @names;
    my @asked = (_target($id, join(',', @names), $service), $option{timeout_ms}, undef);
    return @{ $self->_run(batch_push_n => @asked, \my $list)->{results} };
}

sub push_all {
    my ($self, $entries, @options) = @_;
    my %option = _options(\@options, qw(timeout_ms again progress));
    my $list   = bless \(my $pointer = Certpush::C::push_list_new()), 'Certpush::List';
    if (ref $entries eq 'ARRAY') {
        _call(push_list_add_n => $$list, _target(ref $_ eq 'ARRAY' ? @$_ : $_)) for @$entries;
    }
    else {
        _call(push_list_read_n => $$list, _text(list => $entries));
    }
    my $told     = exists $option{progress} && _function(progress => $option{progress});
    my $progress = $told                    && $ffi->closure(
        sub {
            my (undef, $index, $report) = @_;
            return _guarded(sub { $told->($index, Certpush::Report->read($report)) });
        }
    );
    my @asked = ($$list, $option{timeout_ms}, $progress || undef, undef, undef);
    return @{ $self->_run($option{again} ? 'push_all_again' : 'push_all', @asked, \my $reports)->{results} };
}

sub settle {
    my ($journal, $id, $project, $service, $outcome) = @_;
    my $pushed = { pushed => 1, not_pushed => 0 }->{ $outcome // '' }
        // Certpush::Error->refuse('an outcome is "pushed" or "not_pushed"');
    return _call(journal_settle_n => _text(journal => $journal), _target($id, $project, $service), $pushed);
}

# In a handler, while a call runs: ends that, and frees the client when it has ended.
sub close {
    my ($self) = @_;
    my $client = delete $self->{client} or return;
    Certpush::C::client_close($client);
    if ($self->{running}) { $self->{closed} = $client }
    else                  { Certpush::C::client_free($client) }
    return;
}

sub DESTROY {
    my ($self) = @_;
    return if $exiting || ${^GLOBAL_PHASE} eq 'DESTRUCT';
    $self->close;
    Certpush::C::config_free($self->{config}) if $self->{config};
    return;
}

# A thread begins without the clients of the one that made it: each would be freed twice.
sub CLONE_SKIP { return 1 }

# Named values, of these names if any are given. 0 as a time would mean the client's own; -1 is refused.
sub _options {
    my ($given, @names) = @_;
    @$given % 2 and Certpush::Error->refuse('options are names with values');
    my %option = @$given;
    for my $name (@names ? sort keys %option : ()) {
        grep { $_ eq $name } @names or Certpush::Error->refuse("the call has no option $name");
    }
    my $time = $option{timeout_ms};
    $option{timeout_ms} = defined $time && $time =~ /\A[1-9][0-9]{0,8}\z/ ? $time : exists $option{timeout_ms} ? -1 : 0
        if @names;
    return %option;
}

# A text as bytes of UTF-8, and how many. A character above 255 is no byte; that the bytes are UTF-8 the library sees.
# What counts as a text for itself, such as a path that is an object, is one.
sub _text {
    my ($name, $text) = @_;
    defined $text && (!ref $text || overload::Method($text, '""')) or Certpush::Error->refuse("$name must be a text");
    my $bytes = "$text";
    utf8::downgrade($bytes, 1) or Certpush::Error->refuse("$name must be bytes: encode it as UTF-8");
    return ($bytes, length $bytes);
}

sub _function {
    my ($name, $code) = @_;
    return ref $code eq 'CODE' ? $code : Certpush::Error->refuse("$name must be a function");
}

sub _target {
    my ($id, $project, $service) = @_;
    return (_text(certificate_id => $id), _text(target_project => $project), _text(target_service => $service));
}

# Calls a function of the client; the last argument may be where a list of reports is put.
sub _run {
    my ($self, $function, @arguments) = @_;
    $self->{client} or Certpush::Error->refuse('the client is closed; nothing was sent', 'CANCELLED');
    $self->{running}++;
    my ($told, @died) = _try($function, $self->{client}, @arguments);
    Certpush::C::client_free(delete $self->{closed}) if !--$self->{running} && $self->{closed};
    if (ref $arguments[-1]) {
        my $list = ${ $arguments[-1] };
        my $last = Certpush::C::report_list_count($list) - 1;
        $told->{results} = [map { Certpush::Report->read(Certpush::C::report_list_get($list, $_)) } 0 .. $last];
        Certpush::C::report_list_free($list);
    }
    return _told($told, @died);
}

# Calls a function whose last parameter is a report, and gives that, or dies with it.
sub _call {
    my (@arguments) = @_;
    return _told(_try(@arguments));
}

sub _told {
    my ($told, @died) = @_;
    return $told if !@died && !$told->status;
    die $died[0] unless $told->status;
    $told->{cause} = $died[0] if @died;
    die bless $told, 'Certpush::Error';
}

# A call's report, and what callbacks and handlers of signals have died with meanwhile.
sub _try {
    my ($function, @arguments) = @_;
    local $call = { died => [], handlers => {} };
    _take_over_signals();
    Certpush::C->can($function)->(@arguments, \my $report);
    for my $name (keys %{ $call->{handlers} }) {
        my ($handler, $instead) = @{ $call->{handlers}{$name} };
        $SIG{$name} = $handler if $SIG{$name} eq $instead;
    }
    return (Certpush::Report->take($report), @{ $call->{died} });
}

# The library asks this while a call waits. Perl runs the handlers of signals where it is at work, which is here; one
# of them may have set another.
sub _check {
    return _guarded(\&_take_over_signals);
}

# Nothing may leave a callback but its return, and a signal may come wherever Perl is in it: as long as a call runs, no
# handler dies but by way of _guarded().
sub _take_over_signals {
    my $taken = $call->{handlers};
    for my $name (grep { defined $SIG{$_} && !/\A__/ } keys %SIG) {
        my $handler = $SIG{$name};
        next if $handler =~ /\A(?:DEFAULT|IGNORE|)\z/ || grep { $_->[1] eq $handler } values %$taken;
        my $run     = ref $handler ? $handler : \&{ \&$handler };
        my $instead = sub {
            my @told = @_;
            _guarded(sub { $run->(@told) });
        };
        $taken->{$name} = [$handler, $instead];
        $SIG{$name} = $instead;
    }
    return;
}

# Runs what a callback is for. Whatever that dies with is kept until the call has returned; 1 says that there is such.
sub _guarded {
    my ($code) = @_;
    local $@;
    my $guard = bless { is_exit => 1 }, 'Certpush::Guard';
    eval { $code->(); 1 } or CORE::push @{ $call->{died} }, $@;
    $guard->{is_exit} = 0;
    return @{ $call->{died} } ? 1 : 0;
}

sub _log {
    my $log = _function(log => @_);
    return sub {
        my (undef, $level, $line) = @_;
        _guarded(
            sub {
                eval { $log->($level, $line); 1 } or warn $@;
            }
        );
        return;
    };
}

# What a token's source dies with is its answer: why there is none.
sub _token_source {
    my $source = _function(token_source => @_);
    return sub {
        my (undef, $request) = @_;
        _guarded(
            sub {
                my @token = eval { _text(token => scalar $source->()) };
                if (@token) { Certpush::C::token_request_give($request, @token) }
                else        { Certpush::C::token_request_fail($request, "$@" =~ s/\s+\z//r) }
            }
        );
        return;
    };
}

# Sets a function of a config, which lives as long as the client.
sub _hand_over {
    my ($self, $setter, $code) = @_;
    my $closure = $ffi->closure($code);
    CORE::push @{ $self->{functions} }, $closure;
    _call($setter => $self->{config}, $closure, undef);
    return;
}

sub Certpush::List::DESTROY    { Certpush::C::push_list_free(${ $_[0] }); return }
sub Certpush::List::CLONE_SKIP { return 1 }

# exit in a handler leaves the callback, and the call, for good. It cannot be kept from that, but be told.
sub Certpush::Guard::DESTROY {
    return unless $_[0]{is_exit};
    $exiting = 1;
    warn "certpush: exit was called while a push was under way: it may have been pushed. Handlers should die.\n";
    return;
}

1;
