<?php

// The conformance driver: pushes what five percent-encoded arguments say, or each line of standard input that has
// them, and prints what is known as a line of JSON. tests/conformance/README.md says what a driver must do.

declare(strict_types=1);

use Certpush\Client;
use Certpush\Error;
use Certpush\Status;

spl_autoload_register(fn (string $class) => require __DIR__ . '/src/' . basename(strtr($class, '\\', '/')) . '.php');

function told(string $endpoint, string $token_file, string $certificate_id, string $project, string $service): array
{
    $is_batch = getenv('CERTPUSH_DRIVER_OPERATION') === 'batch_push';
    $repeat = (int) (getenv('CERTPUSH_DRIVER_REPEAT') ?: 1);
    try {
        $client = new Client([
            'load_env' => true,
            'endpoint' => $endpoint === '' ? null : $endpoint,
            'token_file' => $token_file === '' ? null : $token_file,
        ]);
        while ($repeat-- > 0) {
            try {
                $reports = $is_batch ? $client->batchPush($certificate_id, explode(',', $project), $service) : [];
                $report = $is_batch ? $reports[0] : $client->push($certificate_id, $project, $service);
            } catch (Error $error) {
                [$report, $reports] = [$error->report, $error->reports];
            }
        }
        $client->close();
    } catch (Error $error) {
        [$report, $reports] = [$error->report, $error->reports];
    }
    $told = $report->jsonSerialize();
    if ($is_batch && $report->status === Status::Ok) {
        // A batch push that reached all has no report of the whole: what is not one project's is alike.
        unset($told['target_project'], $told['target_certificate_id']);
        $told['service_message'] = '';
    }
    return $told + ($is_batch ? ['results' => $reports] : []);
}

function answer(string ...$arguments): void
{
    echo json_encode(told(...array_map(rawurldecode(...), $arguments)), JSON_UNESCAPED_UNICODE), "\n";
}

$operation = getenv('CERTPUSH_DRIVER_OPERATION') ?: 'push';
if (!in_array($operation, ['push', 'batch_push'], true)) {
    fwrite(STDERR, "driver.php: the operation $operation is not known\n");
    exit(2);
}
if ($argc > 1) {
    answer(...array_slice($argv, 1));
} else {
    while (($line = fgets(STDIN)) !== false) {
        answer(...explode(' ', rtrim($line, "\n")));
    }
}
