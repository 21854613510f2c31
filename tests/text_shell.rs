//! The shell text is run, not only read: under every POSIX shell of this machine, with a sqlplus and an rman of a few
//! lines that answer from files.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "text_shell/ends.rs"]
mod ends;
#[path = "text_shell/marks.rs"]
mod marks;

use ovmirror::{
    model::Scn,
    survey::Rebuild,
    text::{
        Template,
        guard::{self, Decided},
        render, sh,
    },
};
use std::{
    fs,
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

const RUN: &str = "ORCL-20261121T204512-4f2a";
const FLOOR: u64 = 9_007_199_254_740_993;

/// Answers a look from files; END BACKUP empties `active` and is written down, if the check before it names what is
/// ACTIVE. `later` is what somebody makes ACTIVE between the look and that call.
const SQLPLUS: &str = r#"#!/bin/sh
text=$(cat)
cd "$ORACLE_HOME/state" || exit 1
case $text in
  *"END BACKUP"*)
    if [ -f later ]; then mv -f later active; fi
    total=0
    while read -r file change; do total=$((total + change)); done < active
    case $text in
      *"= $(grep -c . active)
"*"= $total
"*"= 1234567890
"*"= '2026-11-21 20:00:00'
"*) echo end >> sent; : > active; exit 0 ;;
    esac
    echo "ORA-01476: divisor is equal to zero"
    exit 1 ;;
esac
echo "ovm-instance $(cat instance)"
echo "ovm-startup 2026-11-21 20:00:00"
echo "ovm-database 1234567890 $(cat mode)"
sed 's/^/ovm-active /' active
echo "ovm-count $(grep -c . active)"
echo ovm-end
"#;

/// Writes its log where it is told, then waits for `go` if the command file says so.
const RMAN: &str = r#"#!/bin/sh
for word; do case $word in cmdfile=*) cmd=${word#cmdfile=} ;; log=*) log=${word#log=} ;; esac; done
cat "$cmd" > "$log"
if grep -q WAIT "$cmd"; then exec sleep 600; fi
echo "Recovery Manager complete." >> "$log"
exit 3
"#;

struct Place {
    dir: TempDir,
    path: String,
}

fn put(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

impl Place {
    /// `sh` everywhere in it is this shell.
    fn new(shell: &Path) -> Self {
        let dir = tempfile::Builder::new().prefix("ovm").tempdir().unwrap();
        let bin = dir.path().join("bin");
        fs::create_dir_all(&bin).unwrap();
        symlink(shell, bin.join("sh")).unwrap();
        put(&dir.path().join("db/bin/sqlplus"), SQLPLUS, 0o755);
        put(&dir.path().join("db/bin/rman"), RMAN, 0o755);
        for (name, text) in [("instance", "OPEN"), ("mode", "READ WRITE"), ("active", "")] {
            put(&dir.path().join("db/state").join(name), text, 0o644);
        }
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        Self { dir, path }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run_file(&self, name: &str) -> PathBuf {
        self.file("home/.ovmirror").join(RUN).join(name)
    }

    fn state(&self, name: &str, text: &str) {
        fs::write(self.file("db/state").join(name), text).unwrap();
    }

    fn sent(&self) -> usize {
        fs::read_to_string(self.file("db/state/sent")).map_or(0, |text| text.lines().count())
    }

    fn env(&self) -> sh::OracleEnv {
        sh::OracleEnv { home: self.file("db").to_str().unwrap().to_owned(), sid: "ORCL".into(), tz: None }
    }

    #[expect(clippy::disallowed_methods, reason = "the shell is what is tested")]
    fn sh(&self, script: &str) -> String {
        fs::create_dir_all(self.file("home")).unwrap();
        let mut child = Command::new(self.file("bin/sh"))
            .arg("-s")
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.file("home"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    }

    fn run<T: Template>(&self, context: &T) -> String {
        self.sh(&render(context).unwrap())
    }

    fn arm(&self, seconds: u64, looks: u64) -> String {
        self.arm_frozen(seconds, looks, &[])
    }

    fn arm_frozen(&self, seconds: u64, looks: u64, thaw: &[String]) -> String {
        assert!(self.run(&sh::FolderMake { run: RUN }).starts_with("folder "));
        let env = self.env();
        self.run(&sh::GuardArm {
            run: RUN,
            database: "ORCL",
            dbid: 1_234_567_890,
            env: &env,
            role: "SYSBACKUP",
            seconds,
            looks,
            thaw,
            thaw_seconds: 1,
            become_words: &[],
            before: sh::before_list(&[4]),
            floor: Scn::new(FLOOR),
        })
    }

    /// Waits for the guard's end without disarming it.
    fn wait_result(&self) -> String {
        let result = self.run_file("guard.result");
        let script = format!(
            "n=0; while [ ! -f {0} ] && [ $n -lt 300 ]; do n=$((n+1)); sleep 0.1; done; cat {0}",
            result.display()
        );
        self.sh(&script).trim().to_owned()
    }
}

/// Every shell that may stand behind /bin/sh here.
fn shells() -> Vec<PathBuf> {
    ["/usr/bin/dash", "/usr/bin/bash", "/usr/bin/busybox"].iter().map(PathBuf::from).filter(|p| p.exists()).collect()
}

fn each(test: impl Fn(&Place)) {
    let shells = shells();
    assert!(!shells.is_empty(), "no shell to test with");
    shells.iter().for_each(|shell| test(&Place::new(shell)));
}

fn begin_list(place: &Place, lines: &str) {
    let count = lines.lines().count();
    let rows: String = lines.lines().map(|line| format!("\"ovm-active {line}\"\n")).collect();
    fs::write(place.run_file("begin.lst"), format!("{rows}\"ovm-count {count}\"\novm-1a-2\n")).unwrap();
}

#[test]
fn text_shell_guard_ends_our_window() {
    each(|place| {
        let armed = place.arm(1, 20);
        assert!(armed.ends_with("armed\n"), "{armed}");
        place.state("active", &format!("1 {FLOOR}\n3 {FLOOR}\n"));
        begin_list(place, &format!("1 {FLOOR}\n3 {FLOOR}\n"));
        assert_eq!(place.wait_result(), "ended");
        assert_eq!(place.sent(), 1);
        let report = place.run(&sh::GuardProbe { run: RUN });
        let report = guard::read(&report).unwrap().unwrap();
        assert_eq!((report.decided, report.result.as_deref()), (Some(Decided::Fire), Some("ended")), "{report:?}");
        assert_eq!(report.begun, [(1, Scn::new(FLOOR)), (3, Scn::new(FLOOR))]);
    });
}

#[test]
fn text_shell_guard_sends_nothing_for_another_change() {
    each(|place| {
        place.arm(1, 20);
        place.state("active", &format!("1 {FLOOR}\n3 {}\n", FLOOR + 5));
        begin_list(place, &format!("1 {FLOOR}\n3 {FLOOR}\n"));
        assert_eq!(place.wait_result(), "stuck");
        assert_eq!(place.sent(), 0);
    });
}

/// Between the look and END BACKUP our files were ended and somebody began a backup of the same ones.
#[test]
fn text_shell_guard_does_not_end_what_was_begun_after_its_look() {
    each(|place| {
        place.arm(1, 20);
        place.state("active", &format!("1 {FLOOR}\n3 {FLOOR}\n"));
        begin_list(place, &format!("1 {FLOOR}\n3 {FLOOR}\n"));
        place.state("later", &format!("1 {0}\n3 {0}\n", FLOOR + 5));
        assert_eq!(place.wait_result(), "stuck");
        assert_eq!(place.sent(), 0);
    });
}

#[test]
fn text_shell_guard_knows_its_own_without_a_list() {
    each(|place| {
        place.arm(1, 4);
        place.state("active", &format!("1 {}\n", FLOOR + 5));
        assert_eq!(place.wait_result(), "ended");
        assert_eq!(place.sent(), 1);
    });
    for foreign in [format!("1 {}\n", FLOOR - 1), format!("4 {}\n", FLOOR + 5)] {
        each(|place| {
            place.arm(1, 4);
            place.state("active", &foreign);
            assert_eq!(place.wait_result(), "stuck");
            assert_eq!(place.sent(), 0);
        });
    }
}

#[test]
fn text_shell_guard_sends_nothing_below_open() {
    each(|place| {
        place.arm(1, 3);
        place.state("instance", "MOUNTED");
        place.state("mode", "MOUNTED");
        place.state("active", &format!("1 {FLOOR}\n"));
        begin_list(place, &format!("1 {FLOOR}\n"));
        assert_eq!(place.wait_result(), "unanswered");
        assert_eq!(place.sent(), 0);
    });
}

#[test]
fn text_shell_guard_is_disarmed_once() {
    each(|place| {
        assert!(place.arm(600, 20).ends_with("armed\n"));
        let report = place.run(&sh::GuardProbe { run: RUN });
        assert!(report.starts_with("alive yes\n"), "{report}");
        assert!(place.run(&sh::FolderRemove { run: RUN }).starts_with("refused "));
        assert!(place.arm(600, 20).starts_with("refused"));
        for _ in 0..2 {
            let report = place.run(&sh::GuardDisarm { run: RUN, seconds: 20 });
            assert!(
                report.starts_with("alive no\n") && report.contains("decided disarm\nresult disarmed\n"),
                "{report}"
            );
        }
        assert_eq!(place.sent(), 0);
        assert_eq!(place.run(&sh::FolderRemove { run: RUN }), "removed\n");
        assert_eq!(place.run(&sh::FolderRemove { run: RUN }), "absent\n");
        assert_eq!(place.run(&sh::GuardProbe { run: RUN }), "absent\nend\n");
    });
}

/// A frozen file system is thawed long before the window's own deadline, and once.
#[test]
fn text_shell_guard_thaws_in_time() {
    each(|place| {
        let calls = place.file("calls");
        put(&place.file("bin/fsfreeze"), &format!("#!/bin/sh\necho \"$@\" >> {}\n", calls.display()), 0o755);
        // A busybox that is built to take its own applets first never finds the stub; no guest of Oracle VM has such a sh.
        if place.sh("command -v fsfreeze").trim() == "fsfreeze" {
            return;
        }
        let points = ["/u02".to_owned()];
        assert!(place.arm_frozen(600, 20, &points).ends_with("armed\n"));
        let frozen = place.run_file("frozen");
        let marker = frozen.to_str().unwrap();
        assert!(place.run(&sh::Flush { points: &points, marker, become_words: &[] }).starts_with("flushed "));
        let thawed = place.run_file("guard.thawed");
        place.sh(&format!(
            "n=0; while [ ! -f {0} ] && [ $n -lt 200 ]; do n=$((n+1)); sleep 0.1; done",
            thawed.display()
        ));
        place.run(&sh::GuardDisarm { run: RUN, seconds: 20 });
        assert_eq!(fs::read_to_string(&calls).unwrap(), "-f /u02\n-u /u02\n");
        assert_eq!(place.sent(), 0);
    });
}

#[test]
fn text_shell_folder_is_private() {
    each(|place| {
        place.run(&sh::FolderMake { run: RUN });
        let mode = fs::metadata(place.file("home/.ovmirror").join(RUN)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        place.run(&sh::FolderRemove { run: RUN });
        fs::create_dir_all(place.file("home/.ovmirror")).unwrap();
        symlink("/tmp", place.file("home/.ovmirror").join(RUN)).unwrap();
        assert!(place.run(&sh::FolderMake { run: RUN }).starts_with("refused "));
    });
}

#[test]
fn text_shell_far_program() {
    each(|place| {
        place.run(&sh::FolderMake { run: RUN });
        let env = place.env();
        let start = |job, text| place.run(&sh::FarStart { run: RUN, job, env: &env, program: "rman", text });
        assert!(start("short", "first line\n$(id) `id` \"x\"\n").ends_with("started\n"));
        assert_eq!(start("short", "again"), "already\n");
        place.sh(&format!("while [ ! -f {} ]; do sleep 0.1; done", place.run_file("short.status").display()));
        let whole = place.run(&sh::FarPoll { run: RUN, job: "short", from: 1 });
        let text = "first line\n$(id) `id` \"x\"\nRecovery Manager complete.\n";
        assert_eq!(whole, format!("state ended 3\nsize {}\ntext\n{text}", text.len()));
        assert!(place.run(&sh::FarPoll { run: RUN, job: "short", from: 7 }).ends_with(&text[6..]));
        assert_eq!(place.run(&sh::FarPoll { run: RUN, job: "none", from: 1 }), "state absent\nsize 0\ntext\n");

        start("long", "WAIT\n");
        assert!(place.run(&sh::FarPoll { run: RUN, job: "long", from: 1 }).starts_with("state running\n"));
        assert!(place.run(&sh::FolderRemove { run: RUN }).starts_with("refused "));
        assert_eq!(place.run(&sh::FarStop { run: RUN, job: "long", seconds: 20 }), "stopped\n");
        let ended = place.run(&sh::FarPoll { run: RUN, job: "long", from: 1 });
        assert!(ended.starts_with("state ended 143\n"), "{ended}");
        assert_eq!(place.run(&sh::FolderRemove { run: RUN }), "removed\n");
    });
}

/// As a far program: whole copies with owner and mode, nothing written over, and no `cp` left behind by TERM.
#[test]
fn text_shell_copy_files() {
    each(|place| {
        place.run(&sh::FolderMake { run: RUN });
        let env = place.env();
        let path = |name: &str| place.file(name).to_str().unwrap().to_owned();
        let pair = |name: &str| sh::CopyOne {
            from: path(&format!("golden/{name}")),
            to: path(&format!("live/{name}")),
            part: path(&format!("live/{name}.part")),
        };
        let start = |job: &str, files: &[sh::CopyOne]| {
            let text = render(&sh::CopyFiles { files }).unwrap();
            place.run(&sh::FarStart { run: RUN, job, env: &env, program: "sh", text: &text });
        };
        let ended = |job: &str| {
            place.sh(&format!(
                "while [ ! -f {} ]; do sleep 0.1; done",
                place.run_file(&format!("{job}.status")).display()
            ));
            place.run(&sh::FarPoll { run: RUN, job, from: 1 })
        };
        put(&place.file("golden/a.dbf"), "12345", 0o640);
        put(&place.file("golden/b c.dbf"), "1234567", 0o600);
        fs::create_dir_all(place.file("live")).unwrap();
        start("one", &[pair("a.dbf"), pair("b c.dbf")]);
        let said = ended("one");
        assert!(said.starts_with("state ended 0\n") && said.ends_with("at 5\nat 12\ncopied\n"), "{said}");
        let mode = fs::metadata(place.file("live/a.dbf")).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, fs::read_dir(place.file("live")).unwrap().count()), (0o640, 2));

        put(&place.file("live/a.dbf"), "another", 0o640);
        start("two", &[pair("a.dbf")]);
        let said = ended("two");
        assert!(said.starts_with("state ended 74\n") && said.contains("size ") && !said.contains("copied"), "{said}");
        assert_eq!(fs::read_to_string(place.file("live/a.dbf")).unwrap(), "another");

        place.sh(&format!("mkfifo -m 600 {}", path("golden/slow")));
        // It ends neither by itself nor before its `cp`: cp -p of a FIFO waits for a writer.
        start("three", &[pair("slow")]);
        assert_eq!(place.run(&sh::FarStop { run: RUN, job: "three", seconds: 20 }), "stopped\n");
        assert!(ended("three").starts_with("state ended 143\n"));
        let left = place.sh(&format!("grep -lsa {}/[s]low /proc/[0-9]*/cmdline; true", path("golden")));
        assert_eq!(left, "", "cp is at work still");
    });
}

#[test]
fn text_shell_small_helpers() {
    each(|place| {
        place.run(&sh::FolderMake { run: RUN });
        assert_eq!(place.run(&sh::Sync { run: RUN, seconds: 60 }), "synced\n");
        assert_eq!(place.run(&sh::DeviceWait { device: "xvdzz", present: false, seconds: 1 }), "absent\n");
        assert_eq!(place.run(&sh::DeviceWait { device: "xvdzz", present: true, seconds: 0 }), "absent\n");
        assert_eq!(place.run(&sh::DeviceFree { device: "xvdzz" }), "free\n");
        assert_eq!(place.run(&sh::Holders { point: "/no/such/point" }), "");
        let file = place.file("db/state/instance");
        let tail = place.run(&sh::LogTail { path: file.to_str().unwrap(), lines: 5 });
        assert_eq!(tail, "present\nOPEN");
        let paths = [file.to_str().unwrap().to_owned(), "/no/such/file".to_owned()];
        let places = place.run(&sh::Places { paths: &paths });
        assert!(
            places.starts_with(&format!("real {}\nspace ", paths[0])) && places.ends_with("missing\nend\n"),
            "{places}"
        );
        let units = [sh::Mounted { target: "/".into(), source: "/dev/null".into() }];
        let rebuild = Rebuild::parse(&place.run(&sh::Rebuild { units: &units })).unwrap();
        assert_eq!(rebuild.file_systems[0].owner.split(' ').count(), 3, "{rebuild:?}");
        let facts = place.run(&sh::Facts {});
        assert!(facts.contains("\n== mounts\n") && facts.ends_with("== end\n"), "{facts}");
    });
}

#[test]
fn text_shell_sqlplus_gets_its_environment_and_its_input() {
    each(|place| {
        put(
            &place.file("db/bin/sqlplus"),
            "#!/bin/sh\necho \"$@|$ORACLE_SID|$NLS_LANG|${TWO_TASK-unset}\"\ncat\n",
            0o755,
        );
        let env = place.env();
        let script = render(&sh::Sqlplus { env: &env }).unwrap();
        let quoted = script.replace('\'', r"'\''");
        let printed =
            place.sh(&format!("TWO_TASK=x; export TWO_TASK\nprintf 'line one\\nline two\\n' | sh -c '{quoted}'"));
        assert_eq!(printed, "-S -L /nolog|ORCL|AMERICAN_AMERICA.AL32UTF8|unset\nline one\nline two\n");
    });
}
