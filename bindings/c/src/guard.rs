//! The boundary that no panic crosses: C has no way to catch one. Nor does the cancellation of the
//! host's thread, which would unwind what is inside.

use std::cell::Cell;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use certpush_system::{caught, with_cancellation_disabled};

/// Runs the body of an export; a panic in it gives `default` instead, and the thread is not
/// cancelled before it is over. That holds for the host's own functions that it calls, too: between
/// them and the host are frames that cannot be unwound.
pub(crate) fn guard<T>(default: T, body: impl FnOnce() -> T) -> T {
    with_cancellation_disabled(|| catch(body)).unwrap_or(default)
}

/// Runs `body`; a panic in it gives its message as the error.
pub(crate) fn catch<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    silence_own_panics();
    DEPTH.with(|depth| depth.set(depth.get().wrapping_add(1)));
    let outcome = caught(body);
    DEPTH.with(|depth| depth.set(depth.get().wrapping_sub(1)));
    outcome.map_err(|what| match what.as_str() {
        "" => "a panic without a message".to_owned(),
        _ => what,
    })
}

thread_local! {
    /// How many exports this thread is in. It has no destructor, so it can be used at any time.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Keeps certpush's panics off the host's standard error, once for the process.
///
/// A Rust host that links the static library may share its standard library with certpush: the
/// panics of its own threads go where they went before. Nobody waits for another thread here, for
/// a forked child would wait in vain.
fn silence_own_panics() {
    static SILENCED: AtomicBool = AtomicBool::new(false);
    if SILENCED.load(Ordering::Relaxed)
        || thread::panicking()
        || SILENCED.swap(true, Ordering::Relaxed)
    {
        return;
    }
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !is_certpush_at_work() {
            previous(panic);
        }
    }));
}

/// Whether this thread is in an export, or is one that certpush started.
fn is_certpush_at_work() -> bool {
    DEPTH.with(Cell::get) > 0
        || thread::current()
            .name()
            .is_some_and(|name| name.starts_with("certpush-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_the_default() {
        assert_eq!(guard(7, || panic!("at the boundary")), 7);
        assert_eq!(guard(7, || 8), 8);
    }

    #[test]
    fn a_panic_tells_its_message() {
        let number = 3;
        assert_eq!(catch(|| -> () { panic!("plain") }), Err("plain".into()));
        assert_eq!(
            catch(|| -> () { panic!("number {number}") }),
            Err("number 3".into())
        );
        let odd = catch(|| -> () { panic::panic_any(number) });
        assert_eq!(odd, Err("a panic without a message".into()));
    }

    #[test]
    fn only_certpush_is_silent() {
        assert!(!is_certpush_at_work());
        guard((), || {
            guard((), || panic!("inside"));
            assert!(is_certpush_at_work());
        });
        assert!(!is_certpush_at_work());
        let own = thread::Builder::new().name("certpush-resolve".into());
        assert!(own.spawn(is_certpush_at_work).unwrap().join().unwrap());
    }
}
