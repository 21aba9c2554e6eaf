//! Parse arguments, call the library, exit code.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(huiyan::cli::run())
}
