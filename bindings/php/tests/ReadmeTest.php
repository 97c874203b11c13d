<?php

declare(strict_types=1);

namespace Certpush\Tests;

/** What README shows is what happens. */
final class ReadmeTest extends TestCase
{
    /** @return list<string> */
    private static function blocks(): array
    {
        preg_match_all('/^```php\n(.*?)^```$/ms', file_get_contents(__DIR__ . '/../README.md'), $found);
        return $found[1];
    }

    private static function shown(string $block): string
    {
        return str_replace(["use Certpush\\Client;\n", "use Certpush\\Error;\n"], '', $block);
    }

    public function testTheFirstPush(): void
    {
        $program = self::shown(self::blocks()[0]);
        $variables = self::variables();
        [$status, $output, $errors] = $this->program($program, $variables);
        $pushed = self::CERTIFICATE . ' was pushed to ELB in ap-southeast-3 (stored, not yet bound to a listener)';
        self::assertSame([0, "$pushed\n", ''], [$status, $output, $errors]);
        [$status, $output] = $this->program($program, ['CERTPUSH_ENDPOINT' => 'http://127.0.0.1:1'] + $variables);
        self::assertSame([0, 1], [$status, substr_count($output, "\n")]);
    }

    public function testManyPushes(): void
    {
        $many = '<?php $client = new Client(["load_env" => true]);' . self::blocks()[1];
        [$status, $output, $errors] = $this->program("$many echo count(\$reports);", self::variables());
        self::assertSame([0, ''], [$status, $errors]);
        self::assertSame('2', substr($output, -1));
        self::assertCount(3, $this->ask('received'));
    }

    public function testASettledJournal(): void
    {
        $journal = tempnam(sys_get_temp_dir(), 'certpush') . '.journal';
        $lines = [
            ['certpush_journal' => 1, 'endpoint' => self::$endpoint],
            [
                'event' => 'begin',
                'time' => '2026-11-24T03:00:00Z',
                'certificate_id' => self::CERTIFICATE,
                'target_project' => 'p',
                'target_service' => 'ELB',
            ],
        ];
        $json = fn (array $line): string => json_encode($line, JSON_UNESCAPED_SLASHES);
        file_put_contents($journal, implode("\n", array_map($json, $lines)) . "\n");
        $program = '<?php ' . str_replace('renewal.journal', $journal, self::blocks()[2]);
        [$status, , $errors] = $this->program($program);
        self::assertSame([0, '', []], [$status, $errors, \Certpush\Client::unsettled($journal)]);
        unlink($journal);
    }

    public function testTheLogAndTheTokens(): void
    {
        $file = tempnam(sys_get_temp_dir(), 'certpush');
        file_put_contents($file, self::TOKEN);
        $shown = str_replace('/run/secrets/token', $file, self::blocks()[3]);
        $shown = str_replace("'region' => 'ap-southeast-1'", "'endpoint' => getenv('CERTPUSH_ENDPOINT')", $shown);
        $push = '$client->push("scs1600313391074", "ap-southeast-3", "ELB");';
        [$status, , $errors] = $this->program("<?php $shown $push", self::variables());
        self::assertSame(0, $status, $errors);
        self::assertStringContainsString('outcome=pushed', $errors);
        unlink($file);
    }

    public function testCtrlC(): void
    {
        [$status, $output] = $this->program('<?php ' . self::blocks()[4] . 'try { posix_kill(getmypid(), SIGINT); }'
            . 'catch (RuntimeException $error) { echo $error->getMessage(); }');
        self::assertSame([0, 'stopped by Ctrl-C'], [$status, $output]);
    }

    public function testAFolderOfTheIniFileIsTheOneThatIsThere(): void
    {
        $page = file_get_contents(__DIR__ . '/../README.md');
        foreach (['certpush-ffi.h', 'preload.php'] as $file) {
            self::assertStringContainsString("bindings/php/$file\n", $page);
            self::assertFileExists(__DIR__ . "/../$file");
        }
    }

    public function testTheExampleTellsSuccessFromRefusal(): void
    {
        $example = __DIR__ . '/../push.php';
        foreach (['ap-southeast-3' => [0, 'it was pushed'], 'no-such-project' => [20, 'it was not pushed']] as $p => $told) {
            $command = [PHP_BINARY, $example, self::CERTIFICATE, $p, 'ELB'];
            $process = proc_open($command, [1 => ['pipe', 'w']], $pipes, null, self::variables() + getenv());
            $output = stream_get_contents($pipes[1]);
            self::keep($output);
            self::assertSame($told[0], proc_close($process));
            self::assertStringContainsString("outcome         $told[1]\n", $output);
        }
    }
}
