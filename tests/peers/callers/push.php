<?php
// Pushes by the declarations of certpush.cdef, as PHP reads them. What is known of the push is printed.
// Usage: push.php CDEF LIBRARY OPTIONS CERTIFICATE_ID TARGET_PROJECT TARGET_SERVICE
[, $cdef, $library, $options, $id, $project, $service] = $argv;
$certpush = FFI::cdef(file_get_contents($cdef), $library);
$client = $certpush->new('certpush_client *');
$report = $certpush->new('certpush_report *');
$outputs = [FFI::addr($client), FFI::addr($report)];
if ($certpush->certpush_client_open($options, strlen($options), ...$outputs) === $certpush->CERTPUSH_OK) {
    $certpush->certpush_push_n(
        $client, $id, strlen($id), $project, strlen($project), $service, strlen($service), 0, null, $outputs[1]
    );
}
echo $certpush->certpush_report_json($report), "\n";
$certpush->certpush_report_free($report);
$certpush->certpush_client_free($client);
