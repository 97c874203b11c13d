<?php

declare(strict_types=1);

namespace Certpush\Tests;

use Certpush\Client;
use Certpush\Error;
use Certpush\Report;

/** A simulated service for all tests, and what is kept for the scan of all that any test was told. */
abstract class TestCase extends \PHPUnit\Framework\TestCase
{
    protected const TOKEN = "a-token-that-the-service-of-php-knows-of-and-nobody-else";
    protected const CERTIFICATE = 'scs1600313391074';
    protected const ROOT = __DIR__ . '/../../..';

    private static mixed $process = null;
    private static mixed $input = null;
    protected static string $endpoint;

    protected function setUp(): void
    {
        if (self::$process === null) {
            $command = [getenv('CERTPUSH_SIM'), '--stop-on-stdin-eof', '--token', self::TOKEN];
            self::$process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], STDERR], $pipes);
            self::$input = $pipes[0];
            self::$endpoint = json_decode(fgets($pipes[1]))->http;
        }
        $this->ask('reset', 'POST');
    }

    /** What the service tells of itself. */
    protected function ask(string $what, string $method = 'GET'): mixed
    {
        $context = stream_context_create(['http' => ['method' => $method]]);
        return json_decode(file_get_contents(self::$endpoint . "/sim/$what", false, $context), true);
    }

    /** @return array<string, mixed> */
    protected static function options(mixed ...$more): array
    {
        return $more + ['endpoint' => self::$endpoint, 'token' => self::TOKEN, 'retries' => 0];
    }

    protected function push(Client $client, string $project = 'ap-southeast-3'): Report
    {
        return $client->push(self::CERTIFICATE, $project, 'ELB');
    }

    /** What a call throws. */
    protected function error(callable $call): Error
    {
        try {
            $call();
        } catch (Error $error) {
            self::keep($error, serialize($error), json_encode($error->report));
            return $error;
        }
        self::fail('nothing was thrown');
    }

    /**
     * Runs a program of PHP; returns its status and what it printed.
     *
     * @param array<string, string> $variables
     * @return array{int, string, string}
     */
    protected function program(string $text, array $variables = [], string ...$arguments): array
    {
        $file = tempnam(sys_get_temp_dir(), 'certpush') . '.php';
        $bootstrap = var_export(__DIR__ . '/bootstrap.php', true);
        $head = "<?php declare(strict_types=1); require $bootstrap; use Certpush\\{Client, Error, Status};";
        file_put_contents($file, str_replace('<?php', $head, $text));
        $process = proc_open(
            [PHP_BINARY, '-d', 'display_errors=stderr', $file, ...$arguments],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], ['pipe', 'w']],
            $pipes,
            null,
            $variables + getenv(),
        );
        $told = array_map(stream_get_contents(...), [$pipes[1], $pipes[2]]);
        $status = proc_close($process);
        unlink($file);
        self::keep(...$told);
        return [$status, ...$told];
    }

    /** @return array<string, string> the options as the environment has them */
    protected static function variables(mixed ...$more): array
    {
        $variables = [];
        foreach (self::options(...$more) as $name => $value) {
            $variables['CERTPUSH_' . strtoupper($name)] = (string) $value;
        }
        return $variables;
    }

    protected static function keep(string|\Stringable ...$told): void
    {
        if (getenv('TRANSCRIPTS')) {
            file_put_contents(getenv('TRANSCRIPTS') . '/php.transcript', implode("\n", $told) . "\n", FILE_APPEND);
        }
    }
}
