<?php

declare(strict_types=1);

namespace Certpush;

/**
 * A call failed, or a callback or a signal's handler threw in it, which getPrevious() is then.
 *
 * Whether the certificate may have been pushed is $report->outcome_unknown. getCode() is the status.
 */
final class Error extends \RuntimeException
{
    /** @param list<Report> $reports of a batch push or a list that was begun: one for each target */
    public function __construct(
        public readonly Report $report,
        public readonly array $reports = [],
        ?\Throwable $previous = null,
    ) {
        parent::__construct($report->message, $report->status->value, $previous);
    }

    /** Without the trace, which has what cannot be serialised. @return array<string, mixed> */
    public function __serialize(): array
    {
        return ['report' => $this->report, 'reports' => $this->reports];
    }

    /** @param array<string, mixed> $data */
    public function __unserialize(array $data): void
    {
        $this->__construct($data['report'] ?? new Report([]), $data['reports'] ?? []);
    }
}
