//! Where RMAN's words go.

use std::{
    io::Write,
    sync::{Mutex, PoisonError},
};

/// The message log. Channels share it; what one call prints stays together.
pub struct Output {
    sink: Mutex<Box<dyn Write + Send>>,
    kept: Mutex<Vec<String>>,
    /// `MSGNO` and garbling by a fault change what is printed.
    garbled: std::sync::atomic::AtomicBool,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Output")
    }
}

impl Output {
    /// Into a sink.
    #[must_use]
    pub fn new(sink: Box<dyn Write + Send>) -> Self {
        Self { sink: Mutex::new(sink), kept: Mutex::new(Vec::new()), garbled: false.into() }
    }

    /// One line.
    pub fn line(&self, text: impl AsRef<str>) {
        self.lines(&[text.as_ref().to_owned()]);
    }

    /// Several lines that belong together.
    pub fn lines(&self, lines: &[String]) {
        let text: String = lines.iter().map(|line| self.shown(line) + "\n").collect();
        self.raw(&text);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).extend(lines.iter().cloned());
    }

    /// Text as it is, for prompts.
    pub fn raw(&self, text: &str) {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader that went away does not stop RMAN's work.
        let _ = sink.write_all(text.as_bytes()).and_then(|()| sink.flush());
    }

    /// Everything printed in this session (V$RMAN_OUTPUT).
    #[must_use]
    pub fn kept(&self) -> Vec<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on every line comes out broken (a fault on purpose).
    pub fn garble(&self) {
        self.garbled.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    fn shown(&self, line: &str) -> String {
        if self.garbled.load(std::sync::atomic::Ordering::Relaxed) {
            return line.chars().map(|c| if c.is_ascii_alphabetic() { '\u{fffd}' } else { c }).collect();
        }
        line.to_owned()
    }
}
