<?php

declare(strict_types=1);

namespace Certpush;

/** What is known of a call after it, under the names that certpush has for it in every language. */
final class Report implements \JsonSerializable
{
    // What a report says that was lost, in whole or in part.
    private const LOST = [
        'status' => Status::Internal->value,
        'status_name' => 'CERTPUSH_INTERNAL',
        'message' => 'the report was lost; the certificate may have been pushed',
        'hint' => '',
        'phase' => 'start',
        'http_status' => 0,
        'service_code' => '',
        'service_message' => '',
        'request_id' => '',
        'retryable' => false,
        'outcome_unknown' => true,
        'retry_after_ms' => -1,
        'attempts' => 0,
        'certificate_id' => '',
        'target_project' => '',
        'target_service' => '',
        'target_certificate_id' => '',
    ];

    /** Status::Internal for one that this version does not know; status_name tells. */
    public readonly Status $status;
    public readonly string $status_name;
    /** What happened, in one line for a log. Never a secret. */
    public readonly string $message;
    /** What to do, "" if nothing is known. */
    public readonly string $hint;
    /** How far the call had come, "" after a success. */
    public readonly string $phase;
    public readonly int $http_status;
    public readonly string $service_code;
    public readonly string $service_message;
    public readonly string $request_id;
    /** Nothing was pushed, and the same call may be made again. */
    public readonly bool $retryable;
    /** The certificate may have been pushed although the call failed: look at the target before a repeat. */
    public readonly bool $outcome_unknown;
    /** How long the service asks to wait, -1 if it does not. */
    public readonly int $retry_after_ms;
    public readonly int $attempts;
    public readonly string $certificate_id;
    public readonly string $target_project;
    public readonly string $target_service;
    /** The id that the certificate has on its target; only a batch push is told it. */
    public readonly string $target_certificate_id;

    /** @param array<string, mixed> $told what certpush says, as JSON has it; what is missing was lost */
    public function __construct(array $told)
    {
        foreach (self::LOST as $name => $lost) {
            $value = $told[$name] ?? $lost;
            $this->$name = $name === 'status' ? Status::tryFrom($value) ?? Status::Internal : $value;
        }
    }

    /** @return array<string, mixed> */
    public function jsonSerialize(): array
    {
        return ['status' => $this->status->value] + get_object_vars($this);
    }

    /** @return array<string, mixed> */
    public function __serialize(): array
    {
        return $this->jsonSerialize();
    }

    /** @param array<string, mixed> $told */
    public function __unserialize(array $told): void
    {
        $this->__construct($told);
    }
}
