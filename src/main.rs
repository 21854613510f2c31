//! The `ovmirror` program.

fn main() -> std::process::ExitCode {
    ovmirror::cli::run()
}
