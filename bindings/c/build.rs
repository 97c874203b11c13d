//! Gives the shared library the name that programs record, and keeps it loaded.

/// Rises with every change that a program built against an older library would not survive.
/// From 1.0 on the ABI only grows, and the name becomes `libcertpush.so.1`.
const ABI: u32 = 2;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=CERTPUSH_ABI={ABI}");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libcertpush.so.0.{ABI}");
        // After dlclose a thread that ends would run thread-local destructors of unmapped code.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
