//! What came of it: a table and the differences for people, and a file for machines.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::stage::Transport;
use crate::verdict::Verdict;

/// One scenario on one face.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) face: String,
    pub(crate) scenario: String,
    pub(crate) transport: Transport,
    pub(crate) verdict: Verdict,
    pub(crate) took: Duration,
}

/// How one face did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    passed: usize,
    failed: usize,
    /// Requests that the language cannot express; the list allows it for these.
    cannot: usize,
}

/// All outcomes. Displayed, they end with the line `N passed, N failed`.
#[derive(Debug, Serialize)]
pub struct Results {
    passed: usize,
    failed: usize,
    faces: BTreeMap<String, Counts>,
    scenarios: Vec<ScenarioResults>,
}

#[derive(Debug, Serialize)]
struct ScenarioResults {
    name: String,
    transport: Transport,
    faces: BTreeMap<String, FaceResult>,
}

#[derive(Debug, Serialize)]
struct FaceResult {
    verdict: Verdict,
    /// How long the driver ran, its start included.
    took_ms: u128,
}

impl Results {
    /// Gathers outcomes, those of one scenario one after another.
    pub(crate) fn new(faces: Vec<String>, outcomes: Vec<Outcome>) -> Self {
        let mut results = Results {
            passed: 0,
            failed: 0,
            faces: faces
                .into_iter()
                .map(|face| (face, Counts::default()))
                .collect(),
            scenarios: Vec::new(),
        };
        for outcome in outcomes {
            results.add(outcome);
        }
        results
    }

    fn add(&mut self, outcome: Outcome) {
        let counts = self.faces.entry(outcome.face.clone()).or_default();
        match outcome.verdict {
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
        let continues = self.scenarios.last().is_some_and(|last| {
            last.name == outcome.scenario && last.transport == outcome.transport
        });
        if !continues {
            self.scenarios.push(ScenarioResults {
                name: outcome.scenario,
                transport: outcome.transport,
                faces: BTreeMap::new(),
            });
        }
        if let Some(scenario) = self.scenarios.last_mut() {
            let result = FaceResult {
                verdict: outcome.verdict,
                took_ms: outcome.took.as_millis(),
            };
            scenario.faces.insert(outcome.face, result);
        }
    }

    /// Whether every face played, and played as the list says.
    pub fn all_is_well(&self) -> bool {
        self.failed == 0
            && !self.faces.is_empty()
            && self.faces.values().all(|counts| counts.passed > 0)
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
            "face", "scenarios", "passed", "failed", "cannot"
        )?;
        for (face, counts) in &self.faces {
            let Counts {
                passed,
                failed,
                cannot,
            } = counts;
            let scenarios = passed + failed + cannot;
            writeln!(
                f,
                "{face:<16} {scenarios:>9} {passed:>7} {failed:>7} {cannot:>7}"
            )?;
        }
        writeln!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

fn write_scenario(f: &mut fmt::Formatter<'_>, scenario: &ScenarioResults) -> fmt::Result {
    let transport = match scenario.transport {
        Transport::Https => "",
        Transport::Http => " (http)",
    };
    for (face, result) in &scenario.faces {
        match &result.verdict {
            Verdict::Passed => {}
            Verdict::Failed(differences) => {
                writeln!(f, "FAILED {face}: {}{transport}", scenario.name)?;
                for difference in differences {
                    writeln!(f, "    {difference}")?;
                }
            }
            Verdict::Cannot(reason) => {
                writeln!(f, "cannot {face}: {}{transport}: {reason}", scenario.name)?;
            }
        }
    }
    Ok(())
}
