<?php

// Pushes a certificate and shows what is known of it afterwards; the exit status is the status, plus 64 if the
// certificate may have been pushed. The options are in the environment.
//
// Usage: push.php CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE

declare(strict_types=1);

use Certpush\Client;
use Certpush\Error;

spl_autoload_register(fn (string $class) => require __DIR__ . '/src/' . basename(strtr($class, '\\', '/')) . '.php');

if ($argc !== 4) {
    fwrite(STDERR, "usage: $argv[0] CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE\n");
    exit(1);
}
try {
    $client = new Client(['load_env' => true]);
    $report = $client->push($argv[1], $argv[2], $argv[3]);
    $outcome = 'it was pushed';
    $client->close();
} catch (Error $error) {
    $report = $error->report;
    $outcome = $report->outcome_unknown ? 'it may have been pushed' : 'it was not pushed';
}
echo "outcome         $outcome\n";
foreach (['status_name', 'message', 'http_status', 'service_code', 'service_message', 'request_id', 'hint'] as $name) {
    printf("%-15s %s\n", $name, $report->$name);
}
exit($report->status->value + ($report->outcome_unknown ? 64 : 0));
