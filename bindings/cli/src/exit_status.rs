//! The exit status: the number of the status, and 64 more when the certificate may have been pushed.

use certpush::{PushAllReport, Report, Status};

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

/// The exit status of a run of many pushes: the one status that all failures share, else that of a run
/// that is incomplete. What was not tried counts only where nothing else failed: the failure that
/// stopped the run says more.
pub(crate) fn of_run(run: &PushAllReport) -> u8 {
    let mut failures = run
        .reports()
        .iter()
        .map(Report::status)
        .filter(|status| !matches!(status, Status::Ok | Status::NotTried));
    let shared = match failures.next() {
        None if run.counts().not_tried > 0 => Status::NotTried,
        None => Status::Ok,
        Some(first) if failures.any(|other| other != first) => Status::Incomplete,
        // Says of a command that nothing was sent.
        Some(Status::InvalidConfig) if run.report().attempts() > 0 => Status::Incomplete,
        Some(first) => first,
    };
    match if_unknown(shared) {
        Some(number) if run.report().outcome_unknown() => number,
        _ => if_known(shared),
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
