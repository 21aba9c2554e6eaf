//! The network: the only folder with axum, and with main.rs the only one with async fn.
