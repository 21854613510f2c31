//! Names that mean something to a shell, the OVM CLI, SQL*Plus, RMAN or a terminal, and the mark that one of them would
//! leave if it were run.

use crate::site::Site;
use std::path::PathBuf;

/// What a name that gets loose does: it makes a file of this name.
pub const MARK: &str = "pwned-by-ovmirror-test";

/// The corpus. No NUL: no argument and no TOML text can carry one; the fuzz targets do.
pub fn hostile() -> Vec<String> {
    let touch = |frame: &str| frame.replace("TOUCH", &format!("touch /tmp/{MARK}"));
    let mut all: Vec<String> = [
        "x;TOUCH",
        "x; TOUCH #",
        "$(TOUCH)",
        "`TOUCH`",
        "x\nTOUCH",
        "x\r\n!TOUCH",
        "x\nHOST TOUCH",
        "x & TOUCH",
        "x|TOUCH",
        "x'; TOUCH; '",
        "x\"; TOUCH; \"",
        "x' HOST 'TOUCH",
        "x\\",
        "'",
        "\"",
        "x''y",
        "../../etc/passwd",
        "/",
        "//",
        "..",
        "-rf",
        "--help",
        "%s%n%d",
        "%",
        "&x",
        "*",
        "~",
        "#",
        "x\ty",
        "x\u{1b}[2Jy",
        "Datentr\u{e4}ger",
        "x\u{202e}y",
        "\u{1F4A3}",
        "x\u{2028}y",
        " x",
        "x ",
        "${HOME}",
        "x=y",
        "x,y",
        "(x)",
        "x > /tmp/pwned-by-ovmirror-test",
    ]
    .iter()
    .map(|frame| touch(frame))
    .collect();
    all.push("x".repeat(300));
    all
}

/// Every third of them; all with `OVMIRROR_HOSTILE=all`. For places that a run of some seconds stands behind.
pub fn some() -> Vec<String> {
    let step = if std::env::var("OVMIRROR_HOSTILE").is_ok_and(|wish| wish == "all") { 1 } else { 3 };
    hostile().into_iter().step_by(step).collect()
}

/// Panics where one was run: on the hosts, or here.
pub fn nothing_was_run(site: &Site) {
    for host in ["slot021", "bckvm", "ovs1"] {
        let look = format!("ls -d /tmp/{MARK} ./{MARK} ~/{MARK} 2>/dev/null || true");
        assert_eq!(site.says(host, &look), "", "a name was run on {host}");
    }
    let here = [PathBuf::from("/tmp").join(MARK), PathBuf::from(MARK), site.dir.join(MARK)];
    assert!(here.iter().all(|path| !path.exists()), "a name was run here");
}
