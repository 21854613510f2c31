//! What a person and a script see without any site: help, errors, exit codes. Each call has an empty environment and a
//! home of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

use std::{fs, path::Path, process::Command};
use tempfile::TempDir;

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn config(&self, text: &str) -> String {
        let path = self.path().join("ovmirror.toml");
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Exit code, standard output and standard error, with this home's path as `[HOME]`.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        #[allow(clippy::disallowed_methods, reason = "the program under test")]
        let mut command = Command::new(env!("CARGO_BIN_EXE_ovmirror"));
        // A configuration of this machine must not be found: it is looked for below HOME first, but /etc may have one.
        command.env_clear().env("HOME", self.path()).env("TZ", "UTC").args(args).current_dir(self.path());
        let output = command.output().unwrap();
        let plain = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec()).unwrap().replace(&self.path().display().to_string(), "[HOME]")
        };
        (output.status.code().unwrap(), plain(&output.stdout), plain(&output.stderr))
    }

    /// All of it as one text.
    fn seen(&self, args: &[&str]) -> String {
        let (code, out, err) = self.run(args);
        format!("exit {code}\n--- stdout\n{out}--- stderr\n{err}")
    }
}

fn first_lines(text: &str, count: usize) -> String {
    text.lines().take(count).collect::<Vec<_>>().join("\n")
}

#[test]
fn help_of_each_command() {
    let home = Home::new();
    insta::assert_snapshot!("help", home.seen(&["--help"]));
    let commands = [
        "check",
        "backup",
        "offload",
        "recover",
        "commit",
        "extract",
        "drill",
        "orphans",
        "rebuild",
        "take-over",
        "plan",
        "list",
        "show",
        "runs",
        "status",
        "resume",
        "undo",
        "heal",
        "vm",
    ];
    for command in commands.into_iter().chain(["setup", "support-bundle", "config", "completions", "man"]) {
        insta::assert_snapshot!(format!("help_{command}"), home.seen(&[command, "--help"]));
    }
}

#[test]
fn without_a_configuration() {
    let home = Home::new();
    insta::assert_snapshot!("no_config", home.seen(&["list"]));
    let (code, out, err) = home.run(&["--json", "list"]);
    assert_eq!((code, err.lines().filter(|line| line.starts_with("Error [CFG-001]: ")).count()), (1, 1), "{err}");
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&object["schema"], &object["simulated"]), (&1.into(), &false.into()));
    assert_eq!((&object["error"]["code"], &object["error"]["kind"]), (&"CFG-001".into(), &"user".into()));
    assert!(object["error"]["hints"].as_array().is_some_and(|hints| !hints.is_empty()), "{out}");
}

#[test]
fn wrong_configurations() {
    let home = Home::new();
    for (name, text) in [
        ("unknown_key", "[manager]\nhost = \"ovmm\"\nuser = \"admin\"\nprot = 10000\n"),
        ("not_toml", "[manager\n"),
        ("wrong_type", "[manager]\nhost = \"ovmm\"\nuser = \"admin\"\nport = \"many\"\n"),
        (
            "unknown_host",
            "[manager]\nhost = \"ovmm\"\nuser = \"admin\"\npassword_file = \"/p\"\n[databases.ORCL]\nhost = \"slot021\"\nvm = \"slot021\"\nsid = \"ORCL\"\noracle_home = \"/u01/home\"\n",
        ),
        ("bad_duration", "[deadlines]\nsql = \"soon\"\n"),
    ] {
        let config = home.config(text);
        insta::assert_snapshot!(format!("config_{name}"), home.seen(&["-c", &config, "config", "check"]));
    }
}

/// It might be read only when a key has failed, years later.
#[test]
fn a_password_file_that_others_may_read_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let file = home.path().join("pw");
    fs::write(&file, "secret-of-the-test\n").unwrap();
    let text =
        format!("[manager]\nhost = \"ovmm\"\nuser = \"admin\"\nkey = \"/k\"\npassword_file = \"{}\"\n", file.display());
    let config = home.config(&text);
    let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let (code, _, err) = home.run(&["-c", &config, "config", "check"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("[SSH-021]") && err.contains("(mode 644)") && err.contains("chmod 600"), "{err}");
    mode(0o600);
    assert_eq!(home.run(&["-c", &config, "config", "check"]).0, 0);
}

#[test]
fn defaults() {
    insta::assert_snapshot!("config_defaults", Home::new().seen(&["config", "show", "--defaults"]));
}

#[test]
fn completions_and_manual_begin_as_they_should() {
    let home = Home::new();
    for (shell, begins) in [("bash", "_ovmirror() {"), ("zsh", "#compdef ovmirror"), ("fish", "# Print an optspec")] {
        let (code, out, err) = home.run(&["completions", shell]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.starts_with(begins), "{shell}: {}", first_lines(&out, 2));
        assert!(out.contains("snapshot-only"), "{shell} does not know the options of backup");
    }
    let (code, out, _) = home.run(&["man"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("man", first_lines(&out, 8));
}

#[test]
fn wrong_usage_is_2() {
    let home = Home::new();
    insta::assert_snapshot!("usage_unknown", home.seen(&["nonsense"]));
    for args in [&["backup"][..], &["show"], &["backup", "ORCL", "--sideways"], &["completions", "dos"], &[]] {
        assert_eq!(home.run(args).0, 2, "{args:?}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_crash() {
    let home = Home::new();
    for command in ["completions bash", "man", "config show --defaults"] {
        #[allow(clippy::disallowed_methods, reason = "the program under test")]
        let mut shell = Command::new("/bin/sh");
        let line = format!("{} {command} | exec true", env!("CARGO_BIN_EXE_ovmirror"));
        let output = shell.args(["-c", &line]).env("HOME", home.path()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command}");
    }
}
