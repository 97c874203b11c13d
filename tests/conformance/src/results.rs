//! What came of it: a table and the differences for people, and a file for machines.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::memory::Growth;
use crate::stage::{Job, Played, Transport};
use crate::verdict::Verdict;

/// One scenario on one binding.
#[derive(Debug)]
pub(crate) struct Outcome<'a> {
    pub(crate) job: Job<'a>,
    pub(crate) played: Played,
}

/// How one binding did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    passed: usize,
    failed: usize,
    /// What the language cannot express; the list allows it for these.
    cannot: usize,
}

/// All outcomes. Displayed, they end with the line `N passed, N failed`, and `, N skipped` if any.
#[derive(Debug, Serialize)]
pub struct Results {
    passed: usize,
    failed: usize,
    bindings: BTreeMap<String, Counts>,
    /// Bindings that were not played at all, and why.
    skipped: BTreeMap<String, String>,
    scenarios: Vec<ScenarioResults>,
}

#[derive(Debug, Serialize)]
struct ScenarioResults {
    name: String,
    transport: Transport,
    bindings: BTreeMap<String, BindingResult>,
}

#[derive(Debug, Serialize)]
struct BindingResult {
    verdict: Verdict,
    /// How long the driver ran, its start included unless it reads lines.
    took_ms: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<Growth>,
}

impl Results {
    /// Gathers outcomes, those of one scenario one after another.
    pub(crate) fn new(bindings: Vec<String>, outcomes: Vec<Outcome<'_>>) -> Self {
        let mut results = Results {
            passed: 0,
            failed: 0,
            bindings: bindings
                .into_iter()
                .map(|name| (name, Counts::default()))
                .collect(),
            skipped: BTreeMap::new(),
            scenarios: Vec::new(),
        };
        for outcome in outcomes {
            results.add(outcome);
        }
        results
    }

    fn add(&mut self, Outcome { job, played }: Outcome<'_>) {
        let counts = self.bindings.entry(job.driver.name.clone()).or_default();
        match played.verdict {
            Verdict::Passed => {
                counts.passed += 1;
                self.passed += 1;
            }
            Verdict::Failed(_) => {
                counts.failed += 1;
                self.failed += 1;
            }
            Verdict::Cannot(_) => counts.cannot += 1,
        }
        let continues = self
            .scenarios
            .last()
            .is_some_and(|last| last.name == job.scenario.name && last.transport == job.transport);
        if !continues {
            self.scenarios.push(ScenarioResults {
                name: job.scenario.name.clone(),
                transport: job.transport,
                bindings: BTreeMap::new(),
            });
        }
        if let Some(scenario) = self.scenarios.last_mut() {
            let result = BindingResult {
                verdict: played.verdict,
                took_ms: played.took.as_millis(),
                memory: played.memory,
            };
            scenario.bindings.insert(job.driver.name.clone(), result);
        }
    }

    /// Notes that a binding was not played, and why.
    pub fn skip(&mut self, name: String, reason: String) {
        self.skipped.insert(name, reason);
    }

    /// Whether every binding played, and played as the list says.
    pub fn all_is_well(&self) -> bool {
        self.failed == 0
            && !self.bindings.is_empty()
            && self.bindings.values().all(|counts| counts.passed > 0)
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for scenario in &self.scenarios {
            write_scenario(f, scenario)?;
        }
        writeln!(
            f,
            "{:<16} {:>9} {:>7} {:>7} {:>7}",
            "binding", "scenarios", "passed", "failed", "cannot"
        )?;
        for (name, counts) in &self.bindings {
            let Counts {
                passed,
                failed,
                cannot,
            } = counts;
            let scenarios = passed + failed + cannot;
            writeln!(
                f,
                "{name:<16} {scenarios:>9} {passed:>7} {failed:>7} {cannot:>7}"
            )?;
        }
        for (name, reason) in &self.skipped {
            writeln!(f, "# SKIPPED: the binding {name}: {reason}")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped.len() {
            0 => writeln!(f),
            skipped => writeln!(f, ", {skipped} skipped"),
        }
    }
}

fn write_scenario(f: &mut fmt::Formatter<'_>, scenario: &ScenarioResults) -> fmt::Result {
    let transport = match scenario.transport {
        Transport::Https => "",
        Transport::Http => " (http)",
    };
    for (name, result) in &scenario.bindings {
        match &result.verdict {
            Verdict::Passed => {}
            Verdict::Failed(differences) => {
                writeln!(f, "FAILED {name}: {}{transport}", scenario.name)?;
                for difference in differences {
                    writeln!(f, "    {difference}")?;
                }
            }
            Verdict::Cannot(reason) => {
                writeln!(f, "cannot {name}: {}{transport}: {reason}", scenario.name)?;
            }
        }
    }
    Ok(())
}
