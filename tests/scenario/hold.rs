//! Block writes of the lab's database held between their halves: a clone that is taken then has fractured blocks for
//! certain.

use super::site::Site;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
};

/// Holds them in the first database, for as long as the site runs.
pub fn hold_writes(site: &Site) {
    let sockets = std::fs::read_dir(site.dir.join("hosts/slot021/private/db")).unwrap();
    let path =
        sockets.filter_map(|entry| Some(entry.ok()?.path())).find(|path| path.extension() == Some("sock".as_ref()));
    let mut stream = UnixStream::connect(path.expect("an instance listens")).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut ask = |request: Value| {
        writeln!(stream, "{request}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert!(!answer.contains("failed") && !answer.is_empty(), "{request}: {answer}");
    };
    let nls = json!({"date": "DD-MON-RR", "stamp": "DD-MON-RR HH.MI.SSXFF AM TZR"});
    ask(json!({"identify": {"program": "test", "role": "sysdba", "client_info": "", "pid": 1, "nls": nls}}));
    ask(json!({"command": {"HoldWrites": true}}));
}
