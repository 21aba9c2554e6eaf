//! Does the network keep its promises? A real engine on a disk in memory, a real socket, a client of our own.

mod agenda;
mod alike;
mod canary;
mod checks;
pub mod client;
mod console;
mod contract;
mod doors;
mod faults;
mod files;
mod filters;
mod history;
mod limits;
mod metrics;
mod model;
mod reading;
mod recovering;
mod repairs;
mod restored;
mod returned;
mod schema;
pub mod server;
mod streams;
mod subscribers;
mod subscriptions;
mod verdicts;
mod words;
