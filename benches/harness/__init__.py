"""Measures certpush beside what a user would pick instead."""
