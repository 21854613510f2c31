//! The 8 KiB block: a header with type, address, SCN, sequence, checksum, and a tail that repeats the low bits of the SCN,
//! the sequence and the type, so that a block of which only one half was written shows itself (a *fractured* block).
//!
//! The layout follows what is publicly known of Oracle's (cache header and tail check); the checksum is a CRC-32 here.

/// Bytes of a block (DB_BLOCK_SIZE 8192).
pub const BLOCK_SIZE: usize = 8192;
/// Bytes before the body.
pub const HEADER_SIZE: usize = 24;
/// Bytes after the body.
pub const TAIL_SIZE: usize = 4;
/// Bytes that a block's owner may use.
pub const BODY_SIZE: usize = BLOCK_SIZE - HEADER_SIZE - TAIL_SIZE;

/// Block 0, which the operating system layer owns.
pub const TYPE_OS: u8 = 0x22;
/// Block 1, the data file's header.
pub const TYPE_HEADER: u8 = 0x0b;
/// A block of rows.
pub const TYPE_DATA: u8 = 0x06;

const FORMAT: u8 = 0xa2;
const CHECKED: u8 = 0x04;

/// A block in memory.
pub type Block = Box<[u8; BLOCK_SIZE]>;

/// What looking at a block's bytes shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Header, tail, checksum and address agree.
    Good,
    /// Only zeros: never formatted.
    Zeroed,
    /// Head and tail belong to two different writes (ORA-01578 with "fractured block found").
    Fractured,
    /// Head and tail agree, the checksum does not.
    Checksum,
    /// A good block of another place.
    WrongAddress,
    /// Not a block of this format at all, or not of this size.
    BadHeader,
}

impl Verdict {
    /// V$DATABASE_BLOCK_CORRUPTION.CORRUPTION_TYPE: `ALL ZERO`, `FRACTURED`, `CHECKSUM`, `CORRUPT`; none if it is good.
    #[must_use]
    pub const fn corruption_type(self) -> Option<&'static str> {
        match self {
            Self::Good => None,
            Self::Zeroed => Some("ALL ZERO"),
            Self::Fractured => Some("FRACTURED"),
            Self::Checksum => Some("CHECKSUM"),
            Self::WrongAddress | Self::BadHeader => Some("CORRUPT"),
        }
    }
}

/// The relative data block address: ten bits of file, 22 of block.
#[must_use]
pub const fn address(file: u32, block: u32) -> u32 {
    (file << 22) | (block & 0x003f_ffff)
}

/// A new block with an empty body, sealed at SCN `scn`.
#[must_use]
pub fn format(kind: u8, file: u32, block: u32, scn: u64) -> Block {
    let mut bytes: Block = Box::new([0; BLOCK_SIZE]);
    bytes[0] = kind;
    bytes[1] = FORMAT;
    bytes[4..8].copy_from_slice(&address(file, block).to_le_bytes());
    seal(&mut bytes, scn, 1);
    bytes
}

/// Stamps SCN and sequence into header and tail and sets the checksum: to be called after every change.
pub fn seal(bytes: &mut [u8; BLOCK_SIZE], scn: u64, sequence: u8) {
    bytes[8..14].copy_from_slice(&scn.to_le_bytes()[..6]);
    bytes[14] = sequence;
    bytes[15] = CHECKED;
    let tail = tail_of(bytes);
    bytes[BLOCK_SIZE - TAIL_SIZE..].copy_from_slice(&tail.to_le_bytes());
    let sum = checksum(bytes);
    bytes[16..20].copy_from_slice(&sum.to_le_bytes());
}

/// The SCN of a block's last change.
#[must_use]
pub fn scn(bytes: &[u8]) -> u64 {
    let mut all = [0_u8; 8];
    all[..6].copy_from_slice(&bytes[8..14]);
    u64::from_le_bytes(all)
}

/// The number of the last change within that SCN.
#[must_use]
pub fn sequence(bytes: &[u8]) -> u8 {
    bytes[14]
}

/// The type byte.
#[must_use]
pub fn kind(bytes: &[u8]) -> u8 {
    bytes[0]
}

/// What the owner may use.
#[must_use]
pub fn body(bytes: &[u8]) -> &[u8] {
    &bytes[HEADER_SIZE..BLOCK_SIZE - TAIL_SIZE]
}

/// What the owner may use, to write.
pub fn body_mut(bytes: &mut [u8; BLOCK_SIZE]) -> &mut [u8] {
    &mut bytes[HEADER_SIZE..BLOCK_SIZE - TAIL_SIZE]
}

/// Looks whether these bytes are block `block` of file `file` as one write left it. Block 0 is accepted too.
#[must_use]
pub fn verify(bytes: &[u8], file: u32, block: u32) -> Verdict {
    let Ok(bytes) = <&[u8; BLOCK_SIZE]>::try_from(bytes) else { return Verdict::BadHeader };
    if bytes.iter().all(|byte| *byte == 0) {
        return Verdict::Zeroed;
    }
    let written = word(bytes, BLOCK_SIZE - TAIL_SIZE);
    if bytes[1] != FORMAT {
        // A half write over a block that was never formatted leaves one half of zeros.
        return if bytes[..HEADER_SIZE].iter().all(|b| *b == 0) { Verdict::Fractured } else { Verdict::BadHeader };
    }
    if written != tail_of(bytes) {
        return Verdict::Fractured;
    }
    if word(bytes, 16) != checksum(bytes) {
        return Verdict::Checksum;
    }
    if word(bytes, 4) != address(file, block) { Verdict::WrongAddress } else { Verdict::Good }
}

fn word(bytes: &[u8; BLOCK_SIZE], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn tail_of(bytes: &[u8; BLOCK_SIZE]) -> u32 {
    (word(bytes, 8) & 0xffff) << 16 | u32::from(bytes[0]) << 8 | u32::from(bytes[14])
}

fn checksum(bytes: &[u8; BLOCK_SIZE]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&bytes[..16]);
    sum.update(&bytes[20..]);
    sum.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn halves(first: &Block, second: &Block) -> Block {
        let mut mixed = first.clone();
        mixed[BLOCK_SIZE / 2..].copy_from_slice(&second[BLOCK_SIZE / 2..]);
        mixed
    }

    fn sample(scn: u64) -> Block {
        let mut block = format(TYPE_DATA, 4, 17, 900);
        body_mut(&mut block).fill(7);
        seal(&mut block, scn, 2);
        block
    }

    #[test]
    fn a_sealed_block_is_good_and_keeps_its_stamps() {
        let block = sample(0x0001_2345_6789);
        assert_eq!(verify(&block[..], 4, 17), Verdict::Good);
        assert_eq!((scn(&block[..]), sequence(&block[..]), kind(&block[..])), (0x0001_2345_6789, 2, TYPE_DATA));
    }

    #[rstest]
    #[case::other_file(5, 17)]
    #[case::other_block(4, 18)]
    fn a_block_of_another_place_is_found(#[case] file: u32, #[case] block: u32) {
        assert_eq!(verify(&sample(901)[..], file, block), Verdict::WrongAddress);
    }

    #[test]
    fn two_halves_of_two_writes_are_fractured() {
        assert_eq!(verify(&halves(&sample(902), &sample(901))[..], 4, 17), Verdict::Fractured);
    }

    #[test]
    fn a_half_over_nothing_is_fractured() {
        let zero: Block = Box::new([0; BLOCK_SIZE]);
        assert_eq!(verify(&halves(&sample(902), &zero)[..], 4, 17), Verdict::Fractured);
        assert_eq!(verify(&halves(&zero, &sample(902))[..], 4, 17), Verdict::Fractured);
        assert_eq!(verify(&zero[..], 4, 17), Verdict::Zeroed);
    }

    #[test]
    fn a_changed_byte_breaks_the_checksum() {
        let mut block = sample(901);
        block[4000] ^= 1;
        assert_eq!(verify(&block[..], 4, 17), Verdict::Checksum);
        assert_eq!(verify(b"short", 4, 17), Verdict::BadHeader);
    }
}
