# What is made from include/certpush.json is as committed; CERTPUSH_UPDATE=1 writes it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Certpush;
use Service;
use Test::More;

my $generate = "python3 $FindBin::Bin/../generate.py";
system "$generate --write" if $ENV{CERTPUSH_UPDATE};
is qx($generate), read_file("$FindBin::Bin/../lib/Certpush/Constants.pm");
my $pod = read_file("$FindBin::Bin/../lib/Certpush.pod");
like $pod, qr/C<$_>/, "perldoc tells of $_" for sort keys %{ +Certpush::Constants::MEMBERS };
is(Certpush::Status::TIMEOUT, 14);

done_testing;
