use super::*;
use crate::rman::{sbt::Sink, stack::Failure};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Sink for Memory {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.0.lock().unwrap().extend(bytes);
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<u64, Failure> {
        Ok(self.0.lock().unwrap().len() as u64)
    }

    fn discard(self: Box<Self>) {}
}

fn header() -> PieceHeader {
    PieceHeader {
        dbid: 77,
        db_name: "ORCL".into(),
        set_stamp: 1,
        set_count: 2,
        piece: 1,
        tag: "T".into(),
        kind: SetKind::Logs,
        started: 3,
    }
}

fn sample() -> Vec<u8> {
    let memory = Memory::default();
    let mut writer = PieceWriter::begin(Box::new(memory.clone()), &header()).unwrap();
    writer.item(&Item::Controlfile { name: "/c".into() }).unwrap();
    writer.data(&[1; 100]).unwrap();
    writer.block(4, 9, &[2; 8192]).unwrap();
    writer.end_item(vec![(9, "FRACTURED".into())]).unwrap();
    writer.close().unwrap();
    memory.0.lock().unwrap().clone()
}

fn read(bytes: Vec<u8>) -> Result<Vec<Frame>, PieceError> {
    let mut reader = PieceReader::open(Box::new(std::io::Cursor::new(bytes)))?;
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame()? {
        frames.push(frame);
    }
    Ok(frames)
}

#[test]
fn what_is_written_comes_back() {
    let frames = read(sample()).unwrap();
    assert_eq!(frames.len(), 4);
    assert_eq!(frames[2], Frame::Block { file: 4, block: 9, bytes: vec![2; 8192] });
    assert!(matches!(&frames[3], Frame::End(end) if end.frames == 2 && end.corrupt.len() == 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_changed_byte_and_any_cut_is_found(at in 0_usize..8_500, cut in any::<bool>()) {
        let mut bytes = sample();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] ^= 0x10 }
        prop_assert!(read(bytes).is_err());
    }
}
