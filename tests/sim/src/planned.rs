//! Answers planned for the next pushes, whatever they push.

use std::collections::VecDeque;

use crate::scenario::Answer;

/// Answers still to be given, in the order in which they were planned.
#[derive(Debug, Default)]
pub(crate) struct PlannedAnswers(VecDeque<(PlannedAnswer, u64)>);

/// What the next push is answered.
#[derive(Clone, Debug)]
pub(crate) struct PlannedAnswer {
    pub(crate) answer: Answer,
    /// Whether the push is carried out all the same, if nothing is wrong with it.
    pub(crate) carried_out: bool,
}

impl PlannedAnswers {
    /// Plans the answer to the next `count` pushes, after those planned before.
    pub(crate) fn plan(&mut self, planned: PlannedAnswer, count: u64) {
        self.0.push_back((planned, count));
    }

    /// How the push that has just come is answered, unless properly.
    pub(crate) fn next(&mut self) -> Option<PlannedAnswer> {
        while let Some((planned, left)) = self.0.front_mut() {
            if *left > 0 {
                *left -= 1;
                return Some(planned.clone());
            }
            self.0.pop_front();
        }
        None
    }
}
