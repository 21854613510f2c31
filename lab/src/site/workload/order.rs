//! What is asked of the supervisor besides its machines' disks.

use crate::{site::hosts::Hosts, witness::blocks::FileBlocks};
use serde::{Deserialize, Serialize};

/// One order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// A program in a guest as its login user.
    Program {
        /// The guest.
        vm: String,
        /// Program and arguments.
        argv: Vec<String>,
        /// Further environment.
        env: Vec<(String, String)>,
    },
    /// Blocks of the data files on a disk that are not whole. A copy of the disk is looked at.
    Blocks {
        /// The disk's id.
        disk: String,
    },
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The program ended.
    Output {
        /// Exit status.
        status: i32,
        /// What it wrote.
        stdout: String,
        /// What it complained of.
        stderr: String,
    },
    /// The data files.
    Blocks(Vec<FileBlocks>),
    /// It could not be done.
    Failed(String),
}

/// Does it, in the supervisor; one line of JSON.
pub fn perform(fleet: &dyn Hosts, order: &Order) -> String {
    let done = match order {
        Order::Program { vm, argv, env } => {
            let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
            let env: Vec<(&str, &str)> = env.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let ran = fleet.run(vm, &argv, &env, "");
            ran.map(|(status, stdout, stderr)| Answer::Output { status, stdout, stderr })
        }
        Order::Blocks { disk } => fleet.blocks(disk).map(Answer::Blocks),
    };
    let answer = done.unwrap_or_else(|error| Answer::Failed(error.to_string()));
    serde_json::to_string(&answer).unwrap_or_default()
}
