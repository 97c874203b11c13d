//! How often each fault met each status and outcome.

use std::collections::BTreeMap;
use std::fmt;

use certpush::{Phase, Status};

use crate::call::{Call, Told};
use crate::fault::{Fault, Outcome};
use crate::record::Exchanges;

/// What a call told, as far as the table goes: status, phase and outcome.
type Cell = (Status, &'static str, Outcome);

/// Counts of calls by the last fault that the server knows they met, if any.
pub(crate) struct Table {
    counts: BTreeMap<(Option<Fault>, Cell), u64>,
    happened: Vec<(Fault, u64)>,
}

/// What calls must have told of which the server read nothing, beside many that may.
const WITHOUT_A_REQUEST: [Cell; 6] = [
    (Status::InvalidArgument, "arguments", Outcome::NotPushed),
    (Status::Connect, "connect", Outcome::NotPushed),
    (Status::Timeout, "connect", Outcome::NotPushed),
    (Status::ConnectionLost, "tls", Outcome::NotPushed),
    (Status::ConnectionLost, "receive", Outcome::Unknown),
    (Status::Cancelled, "start", Outcome::NotPushed),
];

impl Table {
    pub(crate) fn new(
        calls: &[Call],
        exchanges: &Exchanges,
        happened: impl Fn(Fault) -> u64,
    ) -> Table {
        let mut counts = BTreeMap::new();
        for call in calls {
            let last = exchanges
                .get(&call.certificate_id)
                .and_then(|exchanges| exchanges.last())
                .map(|exchange| exchange.fault);
            *counts.entry((last, cell(last, &call.told))).or_default() += 1;
        }
        let happened = Fault::ALL
            .iter()
            .map(|fault| (*fault, happened(*fault)))
            .collect();
        Table { counts, happened }
    }

    /// What a soak of any size must have shown and this one has not, in words.
    pub(crate) fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for (fault, count) in &self.happened {
            if *count == 0 {
                missing.push(format!("{} never happened", fault.name()));
            }
            if let Some(outcome) = fault.tells().first()
                && self.outcome_count(Some(*fault), *outcome) == 0
            {
                missing.push(format!("no call told {outcome} of {}", fault.name()));
            }
        }
        for cell in WITHOUT_A_REQUEST {
            if !self.counts.contains_key(&(None, cell)) {
                missing.push(format!("no call told {} of no request", shown(cell)));
            }
        }
        missing
    }

    fn outcome_count(&self, fault: Option<Fault>, outcome: Outcome) -> u64 {
        self.cells(fault)
            .filter(|((_, _, told), _)| *told == outcome)
            .map(|(_, count)| count)
            .sum()
    }

    fn cells(&self, fault: Option<Fault>) -> impl Iterator<Item = (Cell, u64)> {
        self.counts
            .iter()
            .filter(move |((met, _), _)| *met == fault)
            .map(|((_, cell), count)| (*cell, *count))
    }

    fn write_line(
        &self,
        f: &mut fmt::Formatter<'_>,
        name: &str,
        happened: &str,
        fault: Option<Fault>,
    ) -> fmt::Result {
        write!(f, "{name:<27}{happened:>9}")?;
        for outcome in [Outcome::Pushed, Outcome::NotPushed, Outcome::Unknown] {
            write!(f, "{:>11}", self.outcome_count(fault, outcome))?;
        }
        let mut separator = "   ";
        for (cell, count) in self.cells(fault) {
            write!(f, "{separator}{} {count}", shown(cell))?;
            separator = ", ";
        }
        writeln!(f)
    }
}

/// The phase tells calls apart only where no fault does.
fn cell(fault: Option<Fault>, told: &Told) -> Cell {
    let phase = match fault {
        None => told.phase.map_or("", Phase::as_str),
        Some(_) => "",
    };
    (told.status, phase, told.outcome())
}

/// A status with its outcome: `+` pushed, `-` not pushed, `?` unknown.
fn shown((status, phase, outcome): Cell) -> String {
    let mark = match outcome {
        Outcome::Pushed => '+',
        Outcome::NotPushed => '-',
        Outcome::Unknown => '?',
    };
    if phase.is_empty() {
        format!("{status}{mark}")
    } else {
        format!("{status}/{phase}{mark}")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<27}{:>9}{:>11}{:>11}{:>11}   (+ pushed, - not pushed, ? unknown)",
            "the last that a call met", "happened", "pushed", "not pushed", "unknown"
        )?;
        for (fault, happened) in &self.happened {
            self.write_line(f, fault.name(), &happened.to_string(), Some(*fault))?;
        }
        self.write_line(f, "no request was read", "", None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soak_without_calls_misses_everything() {
        let table = Table::new(&[], &Exchanges::new(), |_| 0);
        let told = Fault::ALL.iter().filter(|fault| !fault.tells().is_empty());
        let expected = Fault::ALL.len() + told.count() + WITHOUT_A_REQUEST.len();
        assert_eq!(table.missing().len(), expected);
    }
}
