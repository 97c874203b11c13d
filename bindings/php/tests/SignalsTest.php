<?php

declare(strict_types=1);

namespace Certpush\Tests;

/** Ctrl-C and its like, in a program of its own. */
final class SignalsTest extends TestCase
{
    private const WAITING = <<<'PHP'
        <?php
        pcntl_async_signals($argv[1] === 'async');
        pcntl_signal(SIGINT, fn () => throw new DomainException('Ctrl-C'));
        $client = new Client(['load_env' => true]);
        echo "ready\n";
        try {
            $client->push('scs1600313391074', 'ap-southeast-3', 'ELB');
        } catch (Error $error) {
            echo json_encode([$error->report, get_class($error->getPrevious()), pcntl_async_signals()]), "\n";
            exit(3);
        }
        PHP;

    /**
     * Sends a signal to a program whose push waits; returns what it printed, its status and how long it went on.
     *
     * @return array{string, int, float}
     */
    private function interrupted(string $text, string $mode, int $signal = SIGINT): array
    {
        $listener = stream_socket_server('tcp://127.0.0.1:0');
        $file = tempnam(sys_get_temp_dir(), 'certpush') . '.php';
        $bootstrap = var_export(__DIR__ . '/bootstrap.php', true);
        $head = "<?php declare(strict_types=1); require $bootstrap; use Certpush\\{Client, Error};";
        file_put_contents($file, str_replace('<?php', $head, $text));
        $variables = self::variables(endpoint: 'http://' . stream_socket_get_name($listener, false));
        $process = proc_open(
            [PHP_BINARY, $file, $mode],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], STDERR],
            $pipes,
            null,
            $variables + getenv(),
        );
        $connection = stream_socket_accept($listener, 20);
        while (!str_contains(stream_socket_recvfrom($connection, 100000, STREAM_PEEK), "\r\n\r\n{")) {
        }
        $began = microtime(true);
        proc_terminate($process, $signal);
        $output = stream_get_contents($pipes[1]);
        $lasted = microtime(true) - $began;
        $status = proc_close($process);
        unlink($file);
        self::keep($output);
        return [$output, $status, $lasted];
    }

    /**
     * @testWith ["async"]
     *           ["by hand"]
     */
    public function testCtrlCEndsAPushAtOnceAndTellsItsOutcome(string $mode): void
    {
        [$output, $status, $lasted] = $this->interrupted(self::WAITING, $mode);
        [$report, $previous, $async] = json_decode(explode("\n", $output)[1], true);
        self::assertSame(['CERTPUSH_CANCELLED', true], [$report['status_name'], $report['outcome_unknown']]);
        self::assertSame([\DomainException::class, $mode === 'async', 3], [$previous, $async, $status]);
        self::assertLessThan(0.2, $lasted);
    }

    public function testWithoutAHandlerCtrlCEndsTheProgram(): void
    {
        [$output, , $lasted] = $this->interrupted(str_replace('pcntl_signal(', '//', self::WAITING), 'async');
        self::assertSame("ready\n", $output);
        self::assertLessThan(0.2, $lasted);
    }

    public function testAHandlerThatReturnsLetsThePushGoOn(): void
    {
        [$status, $output, $errors] = $this->program(<<<'PHP'
            <?php
            pcntl_async_signals(true);
            pcntl_signal(SIGALRM, function () use (&$rung): void { $rung++; });
            $parent = getmypid();
            if (($child = pcntl_fork()) === 0) {
                while (posix_kill($parent, SIGALRM)) { usleep(200); }
                exit(0);
            }
            $client = new Client(['load_env' => true]);
            for ($i = 0; $i < 500; $i++) {
                $client->push('scs1600313391074', 'ap-southeast-3', 'ELB');
            }
            posix_kill($child, SIGKILL);
            echo $rung > 10 ? "rung\n" : "not rung\n";
            PHP, self::variables());
        self::assertSame([0, "rung\n", ''], [$status, $output, $errors]);
        self::assertCount(500, $this->ask('received'));
    }

    public function testAStormOfHandlersThatThrowLosesNoOutcome(): void
    {
        [$status, $output, $errors] = $this->program(<<<'PHP'
            <?php
            pcntl_async_signals(false);
            pcntl_signal(SIGALRM, fn () => throw new DomainException('storm'));
            $parent = getmypid();
            if (($child = pcntl_fork()) === 0) {
                while (posix_kill($parent, SIGALRM)) { usleep(300); }
                exit(0);
            }
            $client = null;
            $told = ['ok' => 0, 'interrupted' => 0, 'cancelled' => 0];
            for ($i = 0; $i < 300; $i++) {
                try {
                    pcntl_async_signals(true);
                    $client ??= new Client(['load_env' => true]);
                    $report = $client->push('scs1600313391074', 'ap-southeast-3', 'ELB');
                    pcntl_async_signals(false);
                    $told['ok']++;
                } catch (Error $error) {
                    $told[$error->report->status === Status::Ok ? 'interrupted' : 'cancelled']++;
                } catch (DomainException) {
                }
            }
            posix_kill($child, SIGKILL);
            echo json_encode($told);
            PHP, self::variables());
        self::assertSame([0, ''], [$status, $errors]);
        $told = json_decode($output, true);
        self::assertGreaterThan(10, array_sum($told), $output);
    }
}
