<?php

declare(strict_types=1);

namespace Certpush\Tests;

use Certpush\Client;
use Certpush\Status;

/** Nothing leaves a callback but by its return. */
final class CallbacksTest extends TestCase
{
    public function testTheLogGetsALineForEachPush(): void
    {
        $lines = [];
        $client = new Client(self::options(), log: function (int $level, string $line) use (&$lines): void {
            $lines[] = "$level $line";
        });
        $this->push($client);
        $this->error(fn () => $this->push($client, 'no-such-project'));
        self::keep(...$lines);
        self::assertCount(2, $lines);
        self::assertMatchesRegularExpression('/^1 .*outcome=pushed/', $lines[0]);
        self::assertMatchesRegularExpression('/^[23] .*SCM\.0069/', $lines[1]);
    }

    public function testWhatTheLogThrowsIsToldWithWhatBecameOfThePush(): void
    {
        $full = new \RuntimeException('the disk is full');
        $client = new Client(self::options(), log: fn () => throw $full);
        $error = $this->error(fn () => $this->push($client));
        self::assertSame($full, $error->getPrevious());
        self::assertSame(Status::Ok, $error->report->status);
        $error = $this->error(fn () => $this->push($client, 'no-such-project'));
        self::assertSame([$full, Status::BadRequest], [$error->getPrevious(), $error->report->status]);
    }

    public function testATokenSourceIsAskedBeforeEachPush(): void
    {
        $asked = 0;
        $source = function () use (&$asked): string {
            $asked++;
            return self::TOKEN;
        };
        $client = new Client(self::options(token: null), token: $source);
        $this->push($client);
        $this->push($client);
        self::assertSame(2, $asked);
    }

    /** @dataProvider brokenSources */
    public function testATokenSourceThatGivesNoneFailsThePush(\Closure $source, string $class): void
    {
        $client = new Client(self::options(token: null), token: $source);
        $error = $this->error(fn () => $this->push($client));
        self::assertSame(Status::CredentialsUnavailable, $error->report->status);
        self::assertFalse($error->report->outcome_unknown);
        self::assertInstanceOf($class, $error->getPrevious());
        self::assertSame([], $this->ask('received'));
    }

    public function brokenSources(): array
    {
        return [
            'throws' => [fn () => throw new \DomainException('sealed'), \DomainException::class],
            'gives nothing' => [fn () => null, \TypeError::class],
            'gives a number' => [fn () => [], \TypeError::class],
        ];
    }

    public function testWhatProgressThrowsStopsTheRun(): void
    {
        $client = new Client(self::options(jobs: 1));
        $targets = array_map(fn (int $i): array => [self::CERTIFICATE, 'ap-southeast-3', "S$i"], range(1, 50));
        $error = $this->error(fn () => $client->pushAll($targets, fn () => throw new \DomainException('enough')));
        self::assertSame('enough', $error->getPrevious()->getMessage());
        self::assertSame(Status::NotTried, $error->reports[49]->status);
    }

    public function testACallbackMayPushAndWhatItThrowsIsItsOwn(): void
    {
        $depth = 0;
        $client = null;
        $log = function () use (&$depth, &$client): void {
            if ($depth++ === 0) {
                $error = $this->error(fn () => $this->push($client, 'no-such-project'));
                self::assertSame('inner', $error->getPrevious()->getMessage());
                throw new \DomainException('outer');
            }
            throw new \DomainException('inner');
        };
        $client = new Client(self::options(), log: $log);
        $error = $this->error(fn () => $this->push($client));
        self::assertSame(['outer', Status::Ok], [$error->getPrevious()->getMessage(), $error->report->status]);
    }

    public function testACallbackMayCloseTheClient(): void
    {
        $client = null;
        $client = new Client(self::options(), log: function () use (&$client): void {
            $client->close();
        });
        self::assertSame(Status::Ok, $this->push($client)->status);
        $this->expectException(\LogicException::class);
        $this->push($client);
    }

    public function testManyCallsWithCallbacksNeedNoMoreMemory(): void
    {
        $client = new Client(self::options(), log: function (): void {
        });
        $target = [[self::CERTIFICATE, 'ap-southeast-3', 'ELB']];
        $memory = [];
        for ($i = 0; $i < 3000; $i++) {
            $client->pushAll($target, fn (): bool => true);
            if ($i % 1000 === 999) {
                preg_match('/RssAnon:\s*(\d+)/', file_get_contents('/proc/self/status'), $found);
                $memory[] = (int) $found[1];
            }
        }
        self::assertLessThan($memory[0] + 300, $memory[2]);
    }
}
