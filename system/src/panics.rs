//! Panics that are caught: of certpush itself, and of the functions that a program gave it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body`; a panic in it gives its text as the error.
///
/// A function of the program's own is run so at the very place where it is called: nothing of
/// certpush is unwound, so that what is known by then (an answer, how much was sent) is not lost.
pub fn caught<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(body)).map_err(text_of)
}

fn text_of(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(text) => (*text).to_owned(),
            Err(payload) => {
                // The end of an unknown payload might panic once more.
                std::mem::forget(payload);
                String::new()
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_by_its_text() {
        let number = 7;
        assert_eq!(caught(|| number), Ok(7));
        assert_eq!(caught(|| -> () { panic!("plain") }), Err("plain".into()));
        assert_eq!(caught(|| -> () { panic!("{number}") }), Err("7".into()));
    }

    #[test]
    fn a_payload_of_another_type_has_no_text_and_is_left_alone() {
        struct Worse;
        impl Drop for Worse {
            fn drop(&mut self) {
                panic!("in the payload's end");
            }
        }
        let odd = caught(|| -> () { std::panic::panic_any(Worse) });
        assert_eq!(odd, Err(String::new()));
    }
}
