//! Finding a marker line in output that comes in pieces.

/// Output that was read and not yet given away.
#[derive(Debug, Default)]
pub(super) struct MarkerBuffer {
    bytes: Vec<u8>,
    /// Start of the first line that was not looked at yet, so that long output is scanned once.
    line: usize,
}

impl MarkerBuffer {
    /// Adds what came.
    pub(super) fn push(&mut self, data: &[u8]) {
        self.bytes.extend_from_slice(data);
    }

    /// What stands before a line that is exactly `marker` (a CR before the LF is not part of the line); both leave the
    /// buffer. `None`: no such line yet.
    pub(super) fn take_before(&mut self, marker: &str) -> Option<String> {
        while let Some(length) = self.bytes[self.line..].iter().position(|b| *b == b'\n') {
            let end = self.line + length;
            let text = &self.bytes[self.line..end];
            if text.strip_suffix(b"\r").unwrap_or(text) == marker.as_bytes() {
                let before = String::from_utf8_lossy(&self.bytes[..self.line]).into_owned();
                self.bytes.drain(..=end);
                self.line = 0;
                return Some(before);
            }
            self.line = end + 1;
        }
        None
    }

    /// A new question may look for another marker: the lines that are left are looked at again.
    pub(super) fn rewind(&mut self) {
        self.line = 0;
    }

    /// How much waits here.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// All that is left.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        self.line = 0;
        std::mem::take(&mut self.bytes)
    }

    /// A look at it, for errors.
    pub(super) fn peek(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_do_not_matter(lines in proptest::collection::vec("[a-z#]{0,6}", 0..12), size in 1..9usize) {
            let before: String = lines.iter().filter(|l| *l != "#end").map(|l| format!("{l}\n")).collect();
            let all = format!("{before}#end\nnext\n#end\n");
            let mut buffer = MarkerBuffer::default();
            let mut found = Vec::new();
            for piece in all.as_bytes().chunks(size) {
                buffer.push(piece);
                found.extend(buffer.take_before("#end"));
            }
            prop_assert_eq!(found, vec![before, "next\n".to_owned()]);
        }
    }

    #[test]
    fn only_the_whole_line_counts() {
        let mut buffer = MarkerBuffer::default();
        buffer.push(b"x#end\n#end x\n#end\r\nrest");
        assert_eq!(buffer.take_before("#end").as_deref(), Some("x#end\n#end x\n"));
        assert_eq!(buffer.rest(), b"rest");
    }
}
