//! How inputs and corrupt blocks are written down.

use super::set::Input;

/// `input …` or `including …`.
pub fn named(input: &Input) -> String {
    match input {
        Input::Datafile(file) => {
            format!("input datafile file number={:05} name={}", file.header.file, file.name.display())
        }
        Input::Log(log) => format!(
            "input archived log thread={} sequence={} RECID={} STAMP={}",
            log.thread, log.sequence, log.recid, log.stamp
        ),
        Input::ControlfileCopy(path) => format!("input control file copy name={}", path.display()),
        Input::CurrentControlfile(_) => "including current control file in backup set".into(),
        Input::Spfile(_) => "including current SPFILE in backup set".into(),
    }
}

/// Neighbours of one kind as one row of V$DATABASE_BLOCK_CORRUPTION.
pub fn ranges(corrupt: &[(u32, String)]) -> Vec<(u64, u64, String)> {
    let mut rows: Vec<(u64, u64, String)> = Vec::new();
    for (block, kind) in corrupt {
        match rows.last_mut() {
            Some((first, count, last)) if *last == *kind && *first + *count == u64::from(*block) => *count += 1,
            _ => rows.push((u64::from(*block), 1, kind.clone())),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_row() {
        let corrupt: Vec<_> = [(4, "FRACTURED"), (5, "FRACTURED"), (6, "CHECKSUM"), (9, "CHECKSUM")]
            .map(|(block, kind)| (block, kind.to_owned()))
            .into();
        let rows: Vec<_> = ranges(&corrupt).into_iter().map(|(first, count, _)| (first, count)).collect();
        assert_eq!(rows, [(4, 2), (6, 1), (9, 1)]);
    }
}
