<?php

declare(strict_types=1);

namespace Certpush;

use FFI;
use FFI\CData;

/** Pushes certificates. Make one, push many times, and close it. */
final class Client
{
    private ?CData $client = null;
    private int $running = 0;
    private bool $closed = false;

    /**
     * @param array<string, string|int|bool|null> $options what docs/options.md has; load_env => true reads the
     *     environment, which counts less. null is not given.
     * @param ?\Closure(int, string): void $log gets a level and a line for each push and each warning
     * @param ?\Closure(): string $token gives a token before each push
     * @throws Error
     */
    public function __construct(
        #[\SensitiveParameter] array $options = [],
        private readonly ?\Closure $log = null,
        private readonly ?\Closure $token = null,
    ) {
        $text = self::text($options);
        $functions = Callbacks::functions();
        $ffi = Library::ffi();
        $config = $ffi->certpush_config_new();
        $set = fn (string $what, CData $function) => Library::call(
            fn (FFI $ffi, CData $list, CData $report) => $ffi->{"certpush_config_set_$what"}(
                $config,
                $function,
                null,
                $report,
            ),
        );
        try {
            Library::call(fn (FFI $ffi, CData $list, CData $report) => $ffi->certpush_config_set_options(
                $config,
                $text,
                strlen($text),
                $report,
            ));
            $log === null || $set('log', $functions->log);
            $token === null || $set('token_source', $functions->token);
            Callbacks::takeSignals() && $set('interrupt', $functions->interrupt);
            $client = $ffi->new('certpush_client *');
            Library::call(fn (FFI $ffi, CData $list, CData $report) => $ffi->certpush_client_new(
                $config,
                FFI::addr($client),
                $report,
            ), new Callbacks($log, $token));
            $this->client = $client;
        } finally {
            $ffi->certpush_config_free($config);
        }
    }

    /**
     * Pushes, and waits for the answer.
     *
     * @param int $timeout_ms of this call; 0 is what the options say
     * @param bool $again push once more what the client's journal has as pushed
     * @throws Error
     */
    public function push(
        string $certificate_id,
        string $target_project,
        string $target_service,
        int $timeout_ms = 0,
        bool $again = false,
    ): Report {
        $push = $again ? 'certpush_push_again_n' : 'certpush_push_n';
        return $this->call(fn (FFI $ffi, CData $list, CData $report) => $ffi->$push(
            $this->client,
            $certificate_id,
            strlen($certificate_id),
            $target_project,
            strlen($target_project),
            $target_service,
            strlen($target_service),
            $timeout_ms,
            null,
            $report,
        ))[0];
    }

    /**
     * Pushes to up to ten projects of one service by one request.
     *
     * @param list<string> $target_projects
     * @return list<Report> in their order. Error::$reports has them, too, if the service told of each.
     * @throws Error
     */
    public function batchPush(
        string $certificate_id,
        array $target_projects,
        string $target_service,
        int $timeout_ms = 0,
    ): array {
        foreach ($target_projects as $project) {
            if (str_contains($project, ',')) {
                throw new \InvalidArgumentException("a project's name has no comma: $project");
            }
        }
        $projects = implode(',', $target_projects);
        return $this->call(fn (FFI $ffi, CData $list, CData $report) => $ffi->certpush_batch_push_n(
            $this->client,
            $certificate_id,
            strlen($certificate_id),
            $projects,
            strlen($projects),
            $target_service,
            strlen($target_service),
            $timeout_ms,
            null,
            $list,
            $report,
        ))[1];
    }

    /**
     * Pushes a list, several at a time, as docs/many.md says.
     *
     * @param string|iterable<array{string, string, string}> $targets text in CSV or JSON Lines, or a certificate_id, a
     *     target_project and a target_service each
     * @param ?\Closure(int, Report): mixed $progress gets the place of each target in the list, from 0, and its report
     *     when it has ended; no more are begun when it returns false
     * @param int $timeout_ms of the whole; 0 is no limit
     * @return list<Report> in the order of the list. Error::$reports has them, too, if any was not pushed.
     * @throws Error
     */
    public function pushAll(
        string|iterable $targets,
        ?\Closure $progress = null,
        int $timeout_ms = 0,
        bool $again = false,
    ): array {
        $all = Library::ffi()->certpush_push_list_new();
        try {
            if (is_string($targets)) {
                Library::call(fn (FFI $ffi, CData $list, CData $report) => $ffi->certpush_push_list_read_n(
                    $all,
                    $targets,
                    strlen($targets),
                    $report,
                ));
            } else {
                foreach ($targets as $target) {
                    self::add($all, ...$target);
                }
            }
            $push = $again ? 'certpush_push_all_again' : 'certpush_push_all';
            return $this->call(fn (FFI $ffi, CData $list, CData $report) => $ffi->$push(
                $this->client,
                $all,
                $timeout_ms,
                $progress === null ? null : Callbacks::functions()->progress,
                null,
                null,
                $list,
                $report,
            ), $progress)[1];
        } finally {
            Library::ffi()->certpush_push_list_free($all);
        }
    }

    /**
     * Writes into a journal that no client has what was found out about a push of which nobody knew.
     *
     * @throws Error
     */
    public static function settle(
        string $journal,
        string $certificate_id,
        string $target_project,
        string $target_service,
        bool $pushed,
    ): void {
        Library::call(fn (FFI $ffi, CData $list, CData $report) => $ffi->certpush_journal_settle_n(
            $journal,
            strlen($journal),
            $certificate_id,
            strlen($certificate_id),
            $target_project,
            strlen($target_project),
            $target_service,
            strlen($target_service),
            (int) $pushed,
            $report,
        ));
    }

    /**
     * The pushes in a journal of which nobody knows whether they were made.
     *
     * @return list<Report>
     * @throws Error
     */
    public static function unsettled(string $journal): array
    {
        return Library::call(fn (FFI $ffi, CData $list, CData $report) => $ffi->certpush_journal_unsettled_n(
            $journal,
            strlen($journal),
            $list,
            $report,
        ))[1];
    }

    /** Frees the client; one that is closed refuses calls. In a callback it ends the call that runs, too. */
    public function close(): void
    {
        $this->closed = true;
        if ($this->client === null) {
            return;
        }
        Library::ffi()->certpush_client_close($this->client);
        if ($this->running === 0) {
            Library::ffi()->certpush_client_free($this->client);
            $this->client = null;
        }
    }

    /** A net for clients that nobody closed. */
    public function __destruct()
    {
        $this->close();
    }

    private function __clone()
    {
    }

    /**
     * @param \Closure(FFI, CData, CData): mixed $call
     * @return array{Report, list<Report>}
     */
    private function call(\Closure $call, ?\Closure $progress = null): array
    {
        if ($this->closed) {
            throw new \LogicException('the client is closed');
        }
        $this->running++;
        try {
            return Library::call($call, new Callbacks($this->log, $this->token, $progress));
        } finally {
            $this->running--;
            if ($this->closed) {
                $this->close();
            }
        }
    }

    private static function add(
        CData $all,
        string $certificate_id,
        string $target_project,
        string $target_service,
    ): void {
        Library::call(fn (FFI $ffi, CData $list, CData $report) => $ffi->certpush_push_list_add_n(
            $all,
            $certificate_id,
            strlen($certificate_id),
            $target_project,
            strlen($target_project),
            $target_service,
            strlen($target_service),
            $report,
        ));
    }

    /** @param array<string, string|int|bool|null> $options */
    private static function text(#[\SensitiveParameter] array $options): string
    {
        $given = array_filter($options, fn (mixed $value): bool => $value !== null);
        try {
            return json_encode((object) $given, JSON_THROW_ON_ERROR);
        } catch (\JsonException $error) {
            // Not as the previous one: its trace has the options.
            throw new \InvalidArgumentException("an option is no text: {$error->getMessage()}");
        }
    }
}
