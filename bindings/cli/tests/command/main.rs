//! The command as a shell sees it: arguments, environment and standard input in; lines and an exit
//! status out. Every run has a cleared environment.

mod batch_push;
mod check;
mod completions;
mod credentials;
mod documentation;
mod exit_statuses;
mod explain;
mod fixture;
mod json;
mod options;
mod push;
mod push_all;
mod push_all_ends;
mod secrets;
mod settle;
mod signals;
mod streams;
mod usage;
mod variables;
