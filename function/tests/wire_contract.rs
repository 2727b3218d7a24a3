//! The contract suite (`tests/function`) as a test of cargo's, for mutation testing alone (`npm run stress -- mutants`):
//! cargo-mutants knows no others. It stops at the first file that fails.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    // The suite runs in the checkout that is tested, because the copies that cargo-mutants changes have no node_modules.
    let (Ok(root), Ok(files)) = (std::env::var("CONTRACT_ROOT"), std::env::var("CONTRACT_FILES")) else {
        eprintln!("CONTRACT_ROOT and CONTRACT_FILES are not set: run `npm run stress -- mutants`");
        return ExitCode::FAILURE;
    };
    let passes = |file: &str| {
        Command::new("node")
            .args(["--import", "tsx", "--test", file])
            .current_dir(&root)
            .env("GENESYS_WEBHOOK_BIN", env!("CARGO_BIN_EXE_genesys-webhook"))
            .status()
            .is_ok_and(|status| status.success())
    };
    if files.split_whitespace().all(passes) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
