<?php

declare(strict_types=1);

spl_autoload_register(function (string $class): void {
    $names = ['Certpush\\Tests\\' => __DIR__, 'Certpush\\' => __DIR__ . '/../src'];
    foreach ($names as $prefix => $folder) {
        $file = $folder . '/' . substr($class, strlen($prefix)) . '.php';
        if (str_starts_with($class, $prefix) && is_file($file)) {
            require $file;
            return;
        }
    }
});
