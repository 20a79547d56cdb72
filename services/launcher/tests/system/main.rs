//! The whole system, from the outside: three services in any stage, what they answer, and the traces that they leave.
//!
//! One program holds all of it, since each would link the whole workspace. Reading order: [`traces`] (what a login
//! leaves), [`contract`] (what stays the same in every stage), [`headers`] (how a trace goes on), [`census`] (who needs
//! which of them), [`failures`], [`strangers`] and [`sampling`], which run the services in this process; then
//! [`environment`], [`log_lines`], [`log_records`], [`real_servers`] and [`outages`], which run the binary.
//! [`support`] starts things.

mod census;
mod contract;
mod environment;
mod failures;
mod headers;
mod log_lines;
mod log_records;
mod outages;
mod real_servers;
mod sampling;
mod strangers;
mod support;
mod traces;
