module certpush

go 1.19
