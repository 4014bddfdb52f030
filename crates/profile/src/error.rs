//! Decoding errors and limits.

/// Limits of decoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes after decompression, and about as many of the tables made of them.
    pub decompressed: u64,
}

impl Default for Limits {
    /// 1 GiB: ten times a profile of a million deep stacks, half of what protobuf libraries
    /// accept. The tables of real profiles take twice the file; a file made to be as costly as
    /// possible is refused when they reach the limit.
    fn default() -> Self {
        Self {
            decompressed: 1 << 30,
        }
    }
}

/// Bytes that could not be decoded. The texts are pprof's own where it has one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// The compressed stream is damaged or ends early.
    #[error("decompressing profile: {0}")]
    Decompress(String),
    /// A limit of [`Limits`] stopped the decompression; the caller may raise it.
    #[error("decompressing profile: expands to more than {limit} bytes")]
    TooLarge { limit: u64 },
    /// The same of the tables.
    #[error("reading profile: takes more than {limit} bytes of memory")]
    TooMuchMemory { limit: u64 },
    /// No known format, or a broken one.
    #[error("parsing profile: {0}")]
    Parse(String),
    /// The format is right, but the profile contradicts itself.
    #[error("malformed profile: {0}")]
    Malformed(String),
}
