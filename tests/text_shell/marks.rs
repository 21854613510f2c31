//! What a host shows of our marks.

use super::{RUN, each, put};
use ovmirror::text::sh;
use std::os::unix::fs::symlink;

const NONE: sh::Marks<'static> = sh::Marks { kept: &[], points: &[], folders: &[], depth: 0 };

/// What carries our mark, and nothing else; the sizes are those of the files.
#[test]
fn text_shell_marks() {
    each(|place| {
        place.run(&sh::FolderMake { run: RUN });
        let path = |name: &str| place.file(name).to_str().unwrap().to_owned();
        let beside = format!("my data/users 01.dbf.ovm-{RUN}.new");
        put(&place.file(&format!("u02/.ovmirror/{RUN}.ctl")), "12345", 0o600);
        put(&place.file("u02/.ovmirror/notes.txt"), "mine", 0o600);
        put(&place.file(&format!("u02/{beside}")), "123", 0o600);
        put(&place.file("u02/users 02.dbf"), "mine", 0o600);
        // Beside a datafile, however deep; elsewhere only so far below a mount point.
        let deep = |name: &str| format!("a/b/c/d/e/{name}.ovm-{RUN}");
        put(&place.file(&format!("u02/{}", deep("known/f.dbf"))), "1", 0o600);
        put(&place.file(&format!("u02/{}", deep("unknown/g.dbf"))), "1", 0o600);
        put(&place.file(&format!("u02/.ovmirror/kept/{RUN}/control1")), "x", 0o600);
        put(&place.file(&format!("far/{RUN}/control1")), "x", 0o600);
        symlink("/tmp", place.file("far/link")).unwrap();
        let all = sh::Marks {
            kept: &[path("far")],
            points: &[path("u02")],
            folders: &[path("u02/a/b/c/d/e/known"), path("u02/my data")],
            depth: 3,
        };
        let said = place.run(&all);
        let mut lines: Vec<&str> = said.lines().collect();
        assert_eq!((lines.remove(0), lines.pop()), (&*format!("base {}", path("home/.ovmirror")), Some("end")));
        // How many KiB a folder takes is the file system's matter.
        let plain = |line: &&str| {
            let words: Vec<&str> = line.splitn(3, ' ').collect();
            if ["folder", "kept"].contains(&words[0]) {
                format!("{} N {}", words[0], words[2])
            } else {
                (*line).to_owned()
            }
        };
        let wanted = [
            format!("folder N none {RUN}"),
            format!("kept N {}/{RUN}", path("far")),
            format!("kept N {}/.ovmirror/kept/{RUN}", path("u02")),
            format!("control 5 {}/.ovmirror/{RUN}.ctl", path("u02")),
            format!("beside 1 {}", path(&format!("u02/{}", deep("known/f.dbf")))),
            format!("beside 3 {}/{beside}", path("u02")),
        ];
        assert_eq!(lines.iter().map(plain).collect::<Vec<_>>(), wanted);
        let none = place.run(&sh::Marks { points: &[path("nowhere")], ..NONE });
        assert_eq!(none.lines().count(), 3, "{none}");
        assert!(place.arm(600, 20).ends_with("armed\n"));
        assert!(place.run(&NONE).contains(&format!(" alive {RUN}\n")));
        place.run(&sh::GuardDisarm { run: RUN, seconds: 20 });
        assert!(place.run(&NONE).contains(&format!(" gone {RUN}\n")));
    });
}
