# The script of docs/automation.md, under cron's environment: run twice, killed in between, and at the same time.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Certpush;
use Cwd        qw(abs_path);
use File::Temp qw(tempdir);
use Service;
use Test::More;
use Time::HiRes qw(sleep time);

my $root      = abs_path("$FindBin::Bin/../../..");
my ($section) = read_file("$root/docs/automation.md") =~ /^## A Perl script(.*?)^## /ms;
my ($script)  = $section                              =~ /^```perl\n(.*?)^```$/ms;
my ($line)    = $section                              =~ m{^(?:\S+ ){5} *(/usr/local/bin/push-list .*)$}m;

# Targets, a state and settings of their own, and the line of the cron table that has them.
sub installed {
    my ($targets, %options) = @_;
    my $folder = tempdir(CLEANUP => 1);
    write_file("$folder/push-list", $script);
    write_file("$folder/targets",   join '', "# what is pushed\n\n", map {"$_\n"} @$targets);
    write_file("$folder/settings",  join '', map {"$_ = $options{$_}\n"} sort keys %options);
    mkdir "$folder/state";
    my $command = $line =~ s{/usr/local/bin/push-list}{perl $folder/push-list}r;
    $command =~ s{/etc/certpush|/var/lib/(?=certpush)}{$folder}g;
    $command =~ s{${folder}certpush}{$folder/state};
    return ($folder, $command);
}

# A process that has what cron's have, and its output. The last three stand for a library and a module that are installed.
sub started {
    my ($command) = @_;
    my @lib       = map { -d ? abs_path($_) : () } @INC;
    my $pid       = open my $output, '-|', 'env', '-i', 'HOME=/', 'LOGNAME=root', 'SHELL=/bin/sh', 'PATH=/usr/bin:/bin',
        "LD_LIBRARY_PATH=$ENV{LD_LIBRARY_PATH}", 'PERL5LIB=' . join(':', @lib), 'no_proxy=*',
        '/bin/sh', '-c', "exec $command 2>&1"
        or die "cannot run: $!";
    return ($pid, $output);
}

sub ran {
    my ($command) = @_;
    my ($pid, $output) = started($command);
    my $told = join '', <$output>;
    close $output;
    recorded($told);
    return ($? >> 8, $told);
}

subtest 'it pushes a list once, however often it runs, and says nothing when all is well' => sub {
    my $service = Service->start;
    my ($folder, $command) = installed(["$ID;ap-southeast-3;ELB", "$ID ; ; CDN"], $service->options);
    is_deeply [ran($command)], [0, ''] for 1 .. 2;
    is $service->pushed, 2;
    like read_file("$folder/state/report"),
        qr/\A(?:\S+ .* OK +pushed\n){2}2 pushed, 0 not pushed, 0 may have been pushed\n\z/;
};

subtest 'it tells what was not pushed, and why' => sub {
    my $service = Service->start;
    my ($folder, $command) = installed(["$ID;ap-southeast-3;ELB", "$ID;no-such;ELB"], $service->options);
    my ($status, $told)    = ran($command);
    is $status, 1;
    like $told,                             qr/^$ID no-such +ELB  BAD_REQUEST +SCM\.0069 +NOT PUSHED$/m;
    like $told,                             qr/^1 pushed, 1 not pushed, 0 may have been pushed$/m;
    like read_file("$folder/state/report"), qr/\Q$ID\E no-such/;
};

subtest 'a wrong token reaches the service once, and a list with a fault not at all' => sub {
    my $service = Service->start;
    my %options = ($service->options, token => 'x' x 40);
    delete $options{token_file};
    my ($folder, $command) = installed([map {"$ID;$_;ELB"} qw(cn-north-1 cn-north-4 cn-north-9)], %options);
    my ($status, $told)    = ran($command);
    is $status, 1;
    like $told, qr/UNAUTHORIZED .*(?:\n.*NOT_TRIED .*){2}/;
    is scalar @{ $service->ask('received') }, 1;
    ($folder, $command) = installed(["$ID;ap-southeast-3"], $service->options);
    ($status, $told)    = ran($command);
    isnt $status, 0;
    like $told, qr/target_service must be a text/;
};

subtest 'killed in between, it goes on where it was, and pushes nothing twice' => sub {
    my $service = Service->start('--any-project');
    my @targets = map {"$ID;project-$_;ELB"} 1 .. 500;
    my ($folder, $command) = installed(\@targets, $service->options, jobs => 4);
    my ($pid, $output)     = started($command);
    my $until = time + 20;
    sleep 0.002 while $service->pushed < 50 && time < $until;
    kill KILL => $pid;
    my @told = <$output>;
    close $output;
    is $? & 127, 9;
    my $before = $service->pushed;
    cmp_ok $before, '<', 500;

    my ($status, $told) = ran($command);
    my @unsettled = $told =~ /^$ID (project-\d+) +ELB  UNSETTLED +MAY HAVE BEEN PUSHED$/mg;
    cmp_ok scalar @unsettled, '<=', 4;
    is $status, @unsettled ? 2 : 0;
    my %copies;
    $copies{ $_->{target_project} }++ for @{ $service->ask('pushed') };
    for my $project (@unsettled) {
        Certpush::settle("$folder/state/journal", $ID, $project, 'ELB', $copies{$project} ? 'pushed' : 'not_pushed');
    }
    is_deeply [ran($command)], [0, ''];
    %copies = ();
    $copies{ $_->{target_project} }++ for @{ $service->ask('pushed') };
    is_deeply \%copies, { map { ("project-$_" => 1) } 1 .. 500 }, 'each target has one copy';
};

subtest 'a second run, while the first is at it, does nothing' => sub {
    my ($socket, %silent)  = Service::silent();
    my ($folder, $command) = installed(["$ID;ap-southeast-3;ELB"], %silent);
    my ($pid,    $output)  = started($command);
    my $connection = wait_for_request($socket);
    is_deeply [ran($command)], [0, ''];
    my $began = time;
    kill TERM => $pid;
    my $told = join '', <$output>;
    close $output;
    cmp_ok time - $began, '<', 0.3;
    is $? >> 8, 2, 'a signal ends the first, which tells';
    like $told, qr/CANCELLED +MAY HAVE BEEN PUSHED/;
};

done_testing;
