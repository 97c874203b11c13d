//! Whether a driver's memory grows with the number of its pushes.

use std::fs;
use std::time::Duration;

use serde::Serialize;
use tokio::time::sleep;

/// How often the memory is looked at.
const PAUSE: Duration = Duration::from_millis(2);

/// How much it may grow: what allocators keep for later, and for languages that collect their garbage
/// when they please a part of what they use anyway. In two thousand pushes, a report that is never
/// freed is far above this.
const FREE_KIB: u64 = 128;
const FREE_PART: u64 = 8;

/// The memory of a driver's own, in KiB: after a tenth of its pushes, and after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Growth {
    early_kib: u64,
    late_kib: u64,
}

impl Growth {
    /// What is wrong with it.
    pub(crate) fn wrong(self, pushes: usize) -> Option<String> {
        let Growth {
            early_kib,
            late_kib,
        } = self;
        let allowed = early_kib + FREE_KIB + early_kib / FREE_PART;
        (late_kib > allowed).then(|| {
            format!(
                "the driver had {early_kib} KiB after {} pushes and {late_kib} KiB after {pushes}",
                pushes / 10
            )
        })
    }
}

/// Waits for a process to end, and watches its memory from when `begun` says so. There is nothing to
/// tell of a process that cannot be watched.
pub(crate) async fn watched<T>(
    end: impl Future<Output = T>,
    process: Option<u32>,
    begun: impl Fn() -> bool,
) -> (T, Option<Growth>) {
    let mut growth: Option<Growth> = None;
    let watch = async {
        loop {
            if let Some(kib) = process.filter(|_| begun()).and_then(own_memory_kib) {
                growth = Some(Growth {
                    early_kib: growth.map_or(kib, |growth| growth.early_kib),
                    late_kib: kib,
                });
            }
            sleep(PAUSE).await;
        }
    };
    let ended = tokio::select! {
        ended = end => ended,
        never = watch => never,
    };
    (ended, growth)
}

/// The memory that a process has to itself, not that of the files it has mapped.
fn own_memory_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_more_memory_is_no_leak_and_much_more_is() {
        let growth = |late_kib| Growth {
            early_kib: 800,
            late_kib,
        };
        assert_eq!(growth(700).wrong(1000), None);
        assert_eq!(growth(1028).wrong(1000), None);
        let wrong = growth(1029).wrong(1000);
        let expected = "the driver had 800 KiB after 100 pushes and 1029 KiB after 1000";
        assert_eq!(wrong.as_deref(), Some(expected));
    }
}
