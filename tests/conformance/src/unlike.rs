//! Reports of bindings, held against each other: in what the list does not say, all must be alike.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What may differ: words that name a binding's own arguments, and what the list leaves out where it
/// is another each time.
const MAY_DIFFER: [&str; 6] = [
    "message",
    "hint",
    "service_message",
    "request_id",
    "attempts",
    "retry_after_ms",
];

/// All that is reported, by member; what a batch push reports of its projects as `results[0].status`.
fn flat(report: &Value) -> BTreeMap<String, &Value> {
    let mut members = BTreeMap::new();
    for (name, value) in report.as_object().into_iter().flatten() {
        match value.as_array() {
            Some(list) => {
                for (index, item) in list.iter().enumerate() {
                    for (inner, value) in flat(item) {
                        members.insert(format!("{name}[{index}].{inner}"), value);
                    }
                }
            }
            None => {
                members.insert(name.clone(), value);
            }
        }
    }
    members
}

/// Whether bindings may report this member differently.
fn may_differ(member: &str) -> bool {
    let name = member.rsplit('.').next().unwrap_or(member);
    MAY_DIFFER.contains(&name)
}

/// The bindings that differ from what most of them report, or as many but named earlier, each with its
/// differences. A member that only some of them report is compared among these.
pub(crate) fn unlike_the_others(reports: &[(&str, &Value)]) -> BTreeMap<String, Vec<String>> {
    let reports: Vec<(&str, BTreeMap<String, &Value>)> = reports
        .iter()
        .map(|(name, report)| (*name, flat(report)))
        .collect();
    let members: BTreeSet<&String> = reports
        .iter()
        .flat_map(|(_, report)| report.keys())
        .filter(|member| !may_differ(member))
        .collect();
    let mut unlike: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for member in members {
        let values: Vec<(&str, &Value)> = reports
            .iter()
            .filter_map(|(name, report)| Some((*name, *report.get(member)?)))
            .collect();
        let votes = |value: &Value| values.iter().filter(|(_, other)| *other == value).count();
        let most = values.iter().map(|(_, value)| votes(value)).max();
        let Some((_, usual)) = values.iter().find(|(_, value)| Some(votes(value)) == most) else {
            continue;
        };
        for (name, value) in values.iter().filter(|(_, value)| value != usual) {
            let difference = format!("{member}: {usual} with other bindings, got {value}");
            unlike
                .entry((*name).to_owned())
                .or_default()
                .push(difference);
        }
    }
    unlike
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_one_that_differs_is_named() {
        let usual = json!({"phase": "receive", "message": "a", "status": 0});
        let odd = json!({"phase": "send", "message": "b", "status": 0});
        let found = unlike_the_others(&[("a", &odd), ("b", &usual), ("c", &usual)]);
        let difference = r#"phase: "receive" with other bindings, got "send""#.to_owned();
        assert_eq!(found, BTreeMap::from([("a".to_owned(), vec![difference])]));
        assert_eq!(unlike_the_others(&[("a", &odd)]), BTreeMap::new());
    }

    #[test]
    fn the_results_of_a_batch_are_compared_one_by_one() {
        let result = |phase, message| json!({"phase": phase, "message": message});
        let usual = json!({"results": [result("", "a"), result("receive", "b")]});
        let odd = json!({"results": [result("", "c"), result("", "d")]});
        let found = unlike_the_others(&[("a", &usual), ("b", &usual), ("c", &odd)]);
        let difference = r#"results[1].phase: "receive" with other bindings, got """#.to_owned();
        assert_eq!(found, BTreeMap::from([("c".to_owned(), vec![difference])]));
    }

    #[test]
    fn of_two_that_differ_the_first_is_believed() {
        let (first, second) = (json!({"phase": "receive"}), json!({"phase": "send"}));
        let found = unlike_the_others(&[("a", &first), ("b", &second)]);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn what_only_one_reports_is_no_difference() {
        let (more, less) = (json!({"phase": "", "hint_id": 1}), json!({"phase": ""}));
        assert_eq!(
            unlike_the_others(&[("a", &more), ("b", &less)]),
            BTreeMap::new()
        );
    }
}
