//! Memory that is wiped when it is freed, for the bindings that bring an allocator of their own.
//!
//! The core wipes what it holds of a secret itself. What passes through other hands is left behind
//! in memory that they free: a token that IAM gives over TLS stays in the TLS library's buffers.

#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

use std::alloc::{GlobalAlloc, Layout, System};

use zeroizing_alloc::ZeroAlloc;

/// The system's allocator, except that memory is wiped before it gets it back. To be made a
/// program's or a library's `#[global_allocator]`.
#[derive(Debug)]
pub struct Wiping;

// SAFETY: every function does what `ZeroAlloc` does, whose contract is the same.
unsafe impl GlobalAlloc for Wiping {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { ZeroAlloc(System).alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { ZeroAlloc(System).alloc_zeroed(layout) }
    }

    /// One function for all: `ZeroAlloc`'s own would be inlined into every destructor.
    #[inline(never)]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { ZeroAlloc(System).dealloc(memory, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_and_shrinks_keeps_its_bytes() {
        for (size, new_size) in [(10, 20), (10, 5000), (5000, 9000), (9000, 100), (300, 300)] {
            let layout = Layout::from_size_align(size, 8).unwrap();
            let kept = size.min(new_size);
            // SAFETY: the block is used within its size, and freed once with the layout it has.
            unsafe {
                let memory = Wiping.alloc(layout);
                assert!(!memory.is_null());
                memory.write_bytes(7, size);
                let memory = Wiping.realloc(memory, layout, new_size);
                assert!(!memory.is_null());
                let bytes = std::slice::from_raw_parts(memory, kept);
                assert!(bytes.iter().all(|byte| *byte == 7));
                Wiping.dealloc(memory, Layout::from_size_align(new_size, 8).unwrap());
            }
        }
    }
}
