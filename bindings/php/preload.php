<?php

// For web servers, where ffi.enable=preload allows FFI to preloaded files alone: opcache.preload names this file, and
// ffi.preload the file certpush-ffi.h beside it.

declare(strict_types=1);

foreach (['Status', 'Report', 'Error', 'Callbacks', 'Library', 'Client'] as $class) {
    require_once __DIR__ . "/src/$class.php";
}
