<?php

declare(strict_types=1);

namespace Certpush\Tests;

/** A web server, whose pages may use FFI in preloaded files alone. */
final class WebTest extends TestCase
{
    private const PAGE = <<<'PHP'
        <?php
        try {
            $client = new Certpush\Client(['load_env' => true], log: function (): void {});
            echo json_encode($client->push('scs1600313391074', $_GET['project'], 'ELB'));
        } catch (Certpush\Error $error) {
            http_response_code(502);
            echo json_encode($error->report);
        }
        PHP;

    /** @return list<array{int, string}> the status and the body of each page */
    private function served(string $page, array $settings, string ...$paths): array
    {
        $folder = sys_get_temp_dir() . '/certpush-web-' . getmypid();
        is_dir($folder) || mkdir($folder);
        file_put_contents("$folder/index.php", $page);
        $probe = stream_socket_server('tcp://127.0.0.1:0');
        $address = stream_socket_get_name($probe, false);
        fclose($probe);
        $command = [PHP_BINARY, ...array_merge(...array_map(fn ($it) => ['-d', $it], $settings)), '-S', $address];
        $process = proc_open(
            [...$command, '-t', $folder],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], ['file', "$folder/log", 'w']],
            $pipes,
            null,
            self::variables() + getenv(),
        );
        $give_up = microtime(true) + 20;
        while (!($connection = @stream_socket_client("tcp://$address"))) {
            if (microtime(true) > $give_up || !proc_get_status($process)['running']) {
                self::fail(file_get_contents("$folder/log"));
            }
            usleep(10000);
        }
        fclose($connection);
        $context = stream_context_create(['http' => ['ignore_errors' => true]]);
        $answers = [];
        foreach ($paths as $path) {
            $body = file_get_contents("http://$address/$path", false, $context);
            $answers[] = [(int) explode(' ', $http_response_header[0])[1], $body];
        }
        proc_terminate($process);
        proc_close($process);
        self::keep(...array_column($answers, 1), ...[file_get_contents("$folder/log")]);
        return $answers;
    }

    private static function settings(): array
    {
        return [
            'ffi.enable=preload',
            'ffi.preload=' . realpath(__DIR__ . '/../certpush-ffi.h'),
            'opcache.enable=1',
            'opcache.preload=' . realpath(__DIR__ . '/../preload.php'),
            'opcache.preload_user=' . posix_getpwuid(posix_geteuid())['name'],
        ];
    }

    public function testAPagePushesWithWhatWasPreloaded(): void
    {
        $paths = ['?project=ap-southeast-3', '?project=no-such-project', '?project=ap-southeast-3'];
        $answers = $this->served(self::PAGE, self::settings(), ...$paths);
        self::assertSame([200, 502, 200], array_column($answers, 0), print_r($answers, true));
        self::assertSame('SCM.0069', json_decode($answers[1][1])->service_code);
        self::assertCount(3, $this->ask('received'));
    }

    public function testWithoutPreloadingAPageIsToldWhy(): void
    {
        $bootstrap = var_export(__DIR__ . '/bootstrap.php', true);
        $page = str_replace('<?php', "<?php require $bootstrap;", self::PAGE);
        $page = str_replace('catch (Certpush\Error $error)', 'catch (FFI\Exception $error)', $page);
        $page = str_replace('json_encode($error->report)', '$error->getMessage()', $page);
        [[$status, $body]] = $this->served($page, ['ffi.enable=preload'], '?project=p');
        self::assertSame([502, 'FFI API is restricted by "ffi.enable" configuration directive'], [$status, $body]);
    }
}
