<?php

declare(strict_types=1);

namespace Certpush\Tests;

use Certpush\Client;
use Certpush\Error;
use Certpush\Report;
use Certpush\Status;

final class ClientTest extends TestCase
{
    public function testAPushTellsEveryMember(): void
    {
        $report = $this->push(new Client(self::options()));
        $members = array_column($this->description()['report_fields'], 'name');
        self::assertSame($members, array_keys($report->jsonSerialize()));
        self::assertSame(Status::Ok, $report->status);
        self::assertSame([204, 1, false], [$report->http_status, $report->attempts, $report->outcome_unknown]);
        self::assertSame(self::CERTIFICATE, $report->certificate_id);
        self::assertCount(1, $this->ask('pushed'));
    }

    public function testAFailureThatIsKnownIsNoDoubt(): void
    {
        $error = $this->error(fn () => $this->push(new Client(self::options()), 'no-such-project'));
        self::assertSame(Status::BadRequest, $error->report->status);
        self::assertSame(['SCM.0069', 20], [$error->report->service_code, $error->getCode()]);
        self::assertSame($error->report->message, $error->getMessage());
        self::assertFalse($error->report->outcome_unknown);
    }

    /** @return resource */
    private function listener(): mixed
    {
        return stream_socket_server('tcp://127.0.0.1:0');
    }

    public function testATimeOutMayHavePushed(): void
    {
        $listener = $this->listener();
        $client = new Client(self::options(endpoint: 'http://' . stream_socket_get_name($listener, false)));
        $error = $this->error(fn () => $client->push(self::CERTIFICATE, 'p', 'ELB', timeout_ms: 200));
        self::assertSame(Status::Timeout, $error->report->status);
        self::assertTrue($error->report->outcome_unknown);
    }

    public function testWhatIsSerialisedAndRebuiltStaysInDoubt(): void
    {
        $listener = $this->listener();
        $client = new Client(self::options(endpoint: 'http://' . stream_socket_get_name($listener, false)));
        $error = $this->error(fn () => $client->push(self::CERTIFICATE, 'p', 'ELB', timeout_ms: 200));
        $rebuilt = unserialize(serialize($error));
        self::assertEquals($error->report, $rebuilt->report);
        self::assertSame([$error->getMessage(), $error->getCode()], [$rebuilt->getMessage(), $rebuilt->getCode()]);
        self::assertEquals($error->report, new Report(json_decode(json_encode($error->report), true)));
        $lost = [new Report([]), unserialize('O:15:"Certpush\Report":0:{}')];
        $lost[] = unserialize('O:14:"Certpush\Error":0:{}')->report;
        $lost[] = new Report(['status' => 12345, 'status_name' => 'CERTPUSH_NEW']);
        foreach ($lost as $report) {
            self::assertTrue($report->outcome_unknown);
            self::assertSame(Status::Internal, $report->status);
        }
    }

    public function testTextIsStrict(): void
    {
        $client = new Client(self::options());
        foreach (["caf\xe9", "a\0b"] as $text) {
            $error = $this->error(fn () => $this->push($client, $text));
            self::assertSame(Status::InvalidArgument, $error->report->status);
        }
        foreach ([null, 5, ['p']] as $none) {
            try {
                $client->push(self::CERTIFICATE, $none, 'ELB');
                self::fail('it is no text');
            } catch (\TypeError) {
            }
        }
        self::assertSame([], $this->ask('received'));
    }

    public function testOptionsAreTextsNumbersAndTruthValues(): void
    {
        $this->push(new Client(self::options(timeout_ms: 30000, allow_http: true, proxy: null)));
        foreach ([['timeout_ms' => 30000.5], ['no_such_option' => 1], ['token' => "a\0b"]] as $option) {
            $error = $this->error(fn () => new Client(self::options(...$option)));
            self::assertFalse($error->report->outcome_unknown);
        }
        self::assertCount(1, $this->ask('received'));
    }

    public function testATokenIsNowhereInWhatIsThrown(): void
    {
        ini_set('zend.exception_ignore_args', '0');
        $thrown = [
            $this->error(fn () => new Client(['token' => self::TOKEN, 'no_such_option' => 1])),
            $this->error(fn () => $this->push(new Client(self::options(endpoint: 'http://127.0.0.1:1')))),
        ];
        try {
            new Client(['token' => self::TOKEN, 'region' => "caf\xe9"]);
        } catch (\InvalidArgumentException $error) {
            $thrown[] = $error;
        }
        self::assertCount(3, $thrown);
        foreach ($thrown as $error) {
            // The test itself is in the trace, and has the token.
            $frames = array_filter($error->getTrace(), fn (array $it) => !str_contains($it['class'] ?? '', 'Tests'));
            self::keep($dump = "$error" . print_r($frames, true));
            self::assertStringNotContainsString(self::TOKEN, $dump);
        }
    }

    public function testAClosedClientRefusesCalls(): void
    {
        $client = new Client(self::options());
        $client->close();
        $client->close();
        $this->expectException(\LogicException::class);
        $this->push($client);
    }

    public function testAClientIsNeitherCopiedNorSerialised(): void
    {
        $client = new Client(self::options());
        foreach ([fn () => clone $client, fn () => serialize($client)] as $copy) {
            try {
                $copy();
                self::fail('it was copied');
            } catch (\Error | \Exception $error) {
                self::assertNotInstanceOf(\PHPUnit\Framework\Exception::class, $error);
            }
        }
        self::assertSame(Status::Ok, $this->push($client)->status);
    }

    public function testAClientThatNobodyHasIsFreed(): void
    {
        $open = fn (): int => count(scandir('/proc/self/fd'));
        $this->push(new Client(self::options()));
        $before = $open();
        for ($i = 0; $i < 200; $i++) {
            $this->push(new Client(self::options(), log: function (): void {
            }));
        }
        self::assertLessThanOrEqual($before + 1, $open());
    }

    public function testABatchPushTellsOfEachProject(): void
    {
        $client = new Client(self::options());
        $reports = $client->batchPush(self::CERTIFICATE, ['cn-north-4', 'ap-southeast-3'], 'ELB');
        self::assertSame(['cn-north-4', 'ap-southeast-3'], array_column($reports, 'target_project'));
        $error = $this->error(fn () => $client->batchPush(self::CERTIFICATE, ['cn-north-4', 'no-such-1'], 'ELB'));
        self::assertSame(Status::Incomplete, $error->report->status);
        self::assertSame([Status::Ok, Status::TargetRefused], array_column($error->reports, 'status'));
        $this->expectException(\InvalidArgumentException::class);
        $client->batchPush(self::CERTIFICATE, ['a,b'], 'ELB');
    }

    public function testAListIsPushedAsItIsGiven(): void
    {
        $targets = [
            [self::CERTIFICATE, 'ap-southeast-3', 'ELB'],
            ['target_service' => 'WAF', 'target_project' => 'cn-north-4', 'certificate_id' => self::CERTIFICATE],
            [self::CERTIFICATE, '', 'CDN'],
        ];
        $client = new Client(self::options());
        $seen = [];
        $progress = function (int $index, Report $report) use (&$seen): void {
            $seen[$index] = $report->target_service;
        };
        $reports = $client->pushAll($targets, $progress);
        self::assertSame(['ELB', 'WAF', 'CDN'], array_column($reports, 'target_service'));
        ksort($seen);
        self::assertSame(['ELB', 'WAF', 'CDN'], $seen);
        $text = "certificate_id,target_project,target_service\n" . self::CERTIFICATE . ",no-such-project,ELB\n";
        $error = $this->error(fn () => $client->pushAll($text));
        self::assertSame([Status::Incomplete, 'SCM.0069'], [
            $error->report->status,
            $error->reports[0]->service_code,
        ]);
        $error = $this->error(fn () => $client->pushAll([[self::CERTIFICATE, 'p', ' ELB']]));
        self::assertSame(Status::InvalidArgument, $error->report->status);
        self::assertCount(4, $this->ask('received'));
    }

    public function testProgressStopsARun(): void
    {
        $client = new Client(self::options(jobs: 1));
        $targets = array_map(fn (int $i): array => [self::CERTIFICATE, 'ap-southeast-3', "S$i"], range(1, 50));
        $error = $this->error(fn () => $client->pushAll($targets, fn (): bool => false));
        self::assertCount(50, $error->reports);
        self::assertSame(Status::NotTried, $error->reports[49]->status);
    }

    public function testAJournalRemembersAndIsSettled(): void
    {
        $journal = tempnam(sys_get_temp_dir(), 'certpush') . '.journal';
        $listener = $this->listener();
        $silent = 'http://' . stream_socket_get_name($listener, false);
        $client = new Client(self::options(endpoint: $silent, journal: $journal));
        $this->error(fn () => $client->push(self::CERTIFICATE, 'p', 'ELB', timeout_ms: 200));
        $error = $this->error(fn () => $client->push(self::CERTIFICATE, 'p', 'ELB'));
        self::assertSame(Status::Unsettled, $error->report->status);
        self::assertTrue($error->report->outcome_unknown);
        $client->close();
        self::assertSame(['p'], array_column(Client::unsettled($journal), 'target_project'));
        Client::settle($journal, self::CERTIFICATE, 'p', 'ELB', pushed: true);
        self::assertSame([], Client::unsettled($journal));
        $client = new Client(self::options(endpoint: $silent, journal: $journal));
        self::assertSame(0, $client->push(self::CERTIFICATE, 'p', 'ELB')->attempts);
        $error = $this->error(fn () => $client->push(self::CERTIFICATE, 'p', 'ELB', timeout_ms: 200, again: true));
        self::assertSame(Status::Timeout, $error->report->status);
        $client->close();
        unlink($journal);
    }

    public function testAChildThatIsForkedPushesAndTells(): void
    {
        [$status, $output] = $this->program(<<<'PHP'
            <?php
            $client = new Client(['load_env' => true]);
            $client->push('scs1600313391074', 'ap-southeast-3', 'ELB');
            $child = pcntl_fork();
            try {
                $client->push('scs1600313391074', $child ? 'ap-southeast-3' : 'no-such-project', 'ELB');
            } catch (Error $error) {
                echo $error->report->status_name, ' ', var_export($error->report->outcome_unknown), "\n";
            }
            $child && pcntl_waitpid($child, $ended);
            PHP, self::variables());
        self::assertSame([0, "CERTPUSH_BAD_REQUEST false\n"], [$status, $output]);
        self::assertCount(3, $this->ask('received'));
    }

    /** @return array<string, mixed> */
    private function description(): array
    {
        return json_decode(file_get_contents(self::ROOT . '/include/certpush.json'), true);
    }

    public function testWhatIsGeneratedIsWhatTheDescriptionSays(): void
    {
        $home = __DIR__ . '/..';
        $folder = getenv('CERTPUSH_UPDATE') === '1' ? $home : sys_get_temp_dir() . '/certpush-' . getmypid();
        is_dir($folder) || mkdir($folder);
        exec("python3 $home/generate.py $folder", $output, $status);
        self::assertSame(0, $status);
        foreach (['src/Status.php', 'certpush-ffi.h'] as $file) {
            self::assertFileEquals("$folder/$file", "$home/$file");
        }
    }
}
