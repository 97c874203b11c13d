//! The exit status: the number of the status, and 64 more when the certificate may have been pushed.

use certpush::{Report, Status};

/// The exit status for a command line that cannot be understood: that of a bad argument.
pub(crate) const USAGE: u8 = in_eight_bits(Status::InvalidArgument.number());

const MAY_HAVE_BEEN_PUSHED: i32 = 64;

/// The exit status that tells of `report`.
pub(crate) fn exit_status(report: &Report) -> u8 {
    match if_unknown(report.status()) {
        Some(number) if report.outcome_unknown() => number,
        _ => if_known(report.status()),
    }
}

/// The exit status when it is known whether the certificate was pushed.
pub(crate) const fn if_known(status: Status) -> u8 {
    in_eight_bits(status.number())
}

/// The exit status when the certificate may have been pushed, if it is another one.
pub(crate) const fn if_unknown(status: Status) -> Option<u8> {
    match status {
        Status::Ok | Status::Internal => None,
        _ => Some(in_eight_bits(status.number() + MAY_HAVE_BEEN_PUSHED)),
    }
}

/// The status whose exit status is `number` when the certificate may have been pushed.
pub(crate) fn unknown_from_number(number: u8) -> Option<Status> {
    Status::ALL
        .iter()
        .copied()
        .find(|status| if_unknown(*status) == Some(number))
}

const fn in_eight_bits(number: i32) -> u8 {
    assert!(0 <= number && number <= u8::MAX as i32);
    number as u8
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_exit_status_means_one_thing() {
        let mut seen = BTreeSet::new();
        for &status in Status::ALL {
            assert!(seen.insert(if_known(status)), "{status}");
            if let Some(number) = if_unknown(status) {
                assert!(seen.insert(number), "{status}");
                assert_eq!(unknown_from_number(number), Some(status));
            }
        }
    }

    #[test]
    fn only_pushed_exits_0() {
        let known = Status::ALL.iter().copied().map(if_known);
        let unknown = Status::ALL.iter().copied().filter_map(if_unknown);
        assert_eq!(
            known.chain(unknown).filter(|number| *number == 0).count(),
            1
        );
    }

    #[test]
    fn a_defect_exits_99_in_either_case() {
        assert_eq!(if_known(Status::Internal), 99);
        assert_eq!(if_unknown(Status::Internal), None);
    }
}
