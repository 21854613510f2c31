//! What a host offers, read from its first packet, so that "no algorithm in common" can say which.
//!
//! libssh2 gives one error number for every failed key exchange. KEXINIT is sent in clear (RFC 4253, 7.1), so a
//! second connection can read it without a session.

use super::algorithms::Preferences;
use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

/// A KEXINIT is far smaller; more is no SSH server.
const LARGEST: u32 = 64 << 10;
const KEXINIT: u8 = 20;
/// Fields before the name lists: message number and cookie.
const COOKIE_END: usize = 17;

/// The lists in which host and client have nothing in common, in words. `None`: there is no such list, or it could not
/// be read.
pub(super) fn nothing_in_common(mut stream: TcpStream, wanted: &Preferences) -> Option<String> {
    let lists = read_lists(&mut stream).ok()?;
    let ours = [&wanted.kex, &wanted.host_key, &wanted.cipher, &wanted.cipher, &wanted.mac, &wanted.mac];
    let names = ["key exchange", "host key", "cipher", "cipher", "MAC", "MAC"];
    let mut missing: Vec<String> = Vec::new();
    for ((name, ours), theirs) in names.iter().zip(ours).zip(&lists) {
        let text = format!("{name} only {}", printable(theirs));
        if !ours.split(',').any(|a| theirs.split(',').any(|b| a == b)) && !missing.contains(&text) {
            missing.push(text);
        }
    }
    (!missing.is_empty()).then(|| missing.join("; "))
}

fn read_lists(stream: &mut TcpStream) -> io::Result<Vec<String>> {
    stream.write_all(b"SSH-2.0-ovmirror\r\n")?;
    while !read_line(stream)?.starts_with("SSH-") {}
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
    if !(2..=LARGEST).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut payload = vec![0; usize::try_from(length - 1).unwrap_or_default()];
    stream.read_exact(&mut payload)?;
    lists(&payload).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// One line of the version exchange; read byte by byte, because the packet follows without a gap.
fn read_line(stream: &mut TcpStream) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.last() != Some(&b'\n') && line.len() < 1024 {
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// The first six name lists of a KEXINIT.
fn lists(payload: &[u8]) -> Option<Vec<String>> {
    let mut rest = payload.get(COOKIE_END..).filter(|_| payload.first() == Some(&KEXINIT))?;
    let mut found = Vec::new();
    for _ in 0..6 {
        let (head, tail) = rest.split_at_checked(4)?;
        let length = usize::try_from(u32::from_be_bytes(head.try_into().ok()?)).ok()?;
        let (list, tail) = tail.split_at_checked(length)?;
        found.push(String::from_utf8_lossy(list).into_owned());
        rest = tail;
    }
    Some(found)
}

/// What a stranger sent, fit for a terminal.
fn printable(list: &str) -> String {
    let clean: String = list.chars().filter(|c| c.is_ascii_graphic()).take(300).collect();
    clean.replace(',', ", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn six_lists_are_read() {
        let mut payload = vec![KEXINIT];
        payload.extend([0; 16]);
        for list in ["a,b", "c", "", "d", "e", "f"] {
            payload.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
            payload.extend(list.as_bytes());
        }
        assert_eq!(lists(&payload).unwrap(), ["a,b", "c", "", "d", "e", "f"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_crash(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut payload = vec![KEXINIT];
            payload.extend(bytes);
            let _ = lists(&payload);
        }
    }
}
