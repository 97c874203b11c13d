//! The engine with a transport of the tests.
