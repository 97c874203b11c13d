<?php

declare(strict_types=1);

namespace Certpush;

use FFI\CData;

/**
 * What certpush calls while a call runs. Nothing leaves it but by its return: what is thrown is kept, and told when the
 * call is over.
 *
 * PHP keeps what C may call until the request ends, so there is one function of each kind for all clients: calls are
 * made on this one thread, and it is the innermost that calls back. @internal
 */
final class Callbacks
{
    private static ?CData $functions = null;
    /** @var list<self> */
    private static array $running = [];

    private ?\Throwable $thrown = null;
    private bool $async = false;

    public function __construct(
        private readonly ?\Closure $log = null,
        private readonly ?\Closure $token = null,
        private readonly ?\Closure $progress = null,
    ) {
    }

    /** What C calls: log, token, interrupt and progress. */
    public static function functions(): CData
    {
        if (self::$functions === null) {
            self::$functions = Library::ffi()->new(
                'struct { certpush_log_fn log; certpush_token_fn token; certpush_interrupt_fn interrupt;'
                . ' certpush_progress_fn progress; }',
            );
            self::$functions->log = self::log(...);
            self::$functions->token = self::token(...);
            self::$functions->interrupt = self::interrupt(...);
            self::$functions->progress = self::progress(...);
        }
        return self::$functions;
    }

    public static function takeSignals(): bool
    {
        return PHP_SAPI === 'cli' && function_exists('pcntl_signal_dispatch');
    }

    /** From here on no handler of a signal runs but where it is caught. */
    public function begin(): void
    {
        self::$running[] = $this;
        $this->async = self::takeSignals() && pcntl_async_signals(false);
    }

    /** What was thrown, in a handler of a signal that came last, too. */
    public function end(): ?\Throwable
    {
        $this->guarded(function (): void {
            if ($this->async) {
                pcntl_signal_dispatch();
            }
        });
        array_pop(self::$running);
        [$thrown, $this->thrown] = [$this->thrown, null];
        if ($this->async) {
            pcntl_async_signals(true);
        }
        return $thrown;
    }

    private static function log(mixed $user, int $level, string $line): void
    {
        $here = end(self::$running);
        $here->guarded(fn () => ($here->log)($level, $line));
    }

    private static function token(mixed $user, CData $request): void
    {
        $here = end(self::$running);
        $token = $here->guarded(fn (): string => ($here->token)());
        if ($token === null) {
            Library::ffi()->certpush_token_request_fail($request, 'the token source threw an exception');
        } else {
            Library::ffi()->certpush_token_request_give($request, $token, strlen($token));
        }
    }

    private static function interrupt(mixed $user): int
    {
        $here = end(self::$running);
        $here->guarded(fn () => pcntl_signal_dispatch());
        return $here->thrown === null ? 0 : 1;
    }

    private static function progress(mixed $user, int $index, CData $report): int
    {
        $here = end(self::$running);
        $goes_on = $here->guarded(fn () => ($here->progress)(
            $index,
            new Report(Library::decoded(Library::ffi()->certpush_report_json($report))),
        ));
        return $here->thrown !== null || $goes_on === false ? 1 : 0;
    }

    /** What a callback returns, or null if it throws. */
    private function guarded(\Closure $callback): mixed
    {
        try {
            return $callback();
        } catch (\Throwable $thrown) {
            $this->thrown ??= $thrown;
            return null;
        }
    }
}
