<?php

declare(strict_types=1);

namespace Certpush;

use FFI;
use FFI\CData;

/** The C library, and how its reports are read. @internal */
final class Library
{
    private static ?FFI $ffi = null;

    public static function ffi(): FFI
    {
        if (self::$ffi === null) {
            try {
                self::$ffi = FFI::scope('CERTPUSH');
            } catch (FFI\Exception) {
                self::$ffi = FFI::load(__DIR__ . '/../certpush-ffi.h');
            }
        }
        return self::$ffi;
    }

    /**
     * Makes a call that writes a list of reports and a report, and reads and frees both.
     *
     * @param \Closure(FFI, CData, CData): mixed $call
     * @return array{Report, list<Report>}
     * @throws Error unless the call succeeded and no callback threw
     */
    public static function call(
        #[\SensitiveParameter] \Closure $call,
        Callbacks $callbacks = new Callbacks(),
    ): array {
        $ffi = self::ffi();
        $list = $ffi->new('certpush_report_list *');
        $report = $ffi->new('certpush_report *');
        $callbacks->begin();
        try {
            $call($ffi, FFI::addr($list), FFI::addr($report));
        } finally {
            $told = self::decoded($ffi->certpush_report_json($report));
            $reports = self::decoded($ffi->certpush_report_list_json($list));
            $ffi->certpush_report_free($report);
            $ffi->certpush_report_list_free($list);
            $thrown = $callbacks->end();
        }
        $reports = array_map(fn (array $one): Report => new Report($one), $reports);
        $report = new Report($told);
        if ($thrown !== null || $report->status !== Status::Ok) {
            throw new Error($report, $reports, $thrown);
        }
        return [$report, $reports];
    }

    /** @return array<mixed> */
    public static function decoded(string $json): array
    {
        return json_decode($json, true, flags: JSON_THROW_ON_ERROR);
    }
}
