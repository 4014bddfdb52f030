//! Compressed input, taken apart piece by piece.

use std::io::{self, Read};

use crate::error::{DecodeError, Limits};

/// Bytes inflated at a time: small enough to stay in the cache while they are read.
const PIECE: usize = 128 << 10;

/// The decompressed form of gzip (any number of members) or zstd input, as a stream.
pub(crate) struct Inflate<'a> {
    reader: Box<dyn Read + Send + 'a>,
    limits: Limits,
    total: u64,
}

impl<'a> Inflate<'a> {
    /// `None` when `bytes` are not compressed.
    pub(crate) fn open(bytes: &'a [u8], limits: Limits) -> Result<Option<Self>, DecodeError> {
        let reader: Box<dyn Read + Send + 'a> = if bytes.starts_with(&[0x1f, 0x8b]) {
            Box::new(flate2::bufread::MultiGzDecoder::new(bytes))
        } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            let reader = ruzstd::decoding::StreamingDecoder::new(bytes);
            Box::new(reader.map_err(|err| DecodeError::Decompress(format!("zstd: {err}")))?)
        } else {
            return Ok(None);
        };
        Ok(Some(Self {
            reader,
            limits,
            total: 0,
        }))
    }

    /// Appends the next piece to `buffer`; false at the end.
    pub(crate) fn read_piece(&mut self, buffer: &mut Vec<u8>) -> Result<bool, DecodeError> {
        let old_len = buffer.len();
        buffer.resize(old_len + PIECE, 0);
        let mut len = old_len;
        while len < buffer.len() {
            match self.reader.read(&mut buffer[len..]) {
                Ok(0) => break,
                Ok(n) => len += n,
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Err(DecodeError::Decompress(message(&err))),
            }
        }
        buffer.truncate(len);
        self.total += (len - old_len) as u64;
        if self.total > self.limits.decompressed {
            let limit = self.limits.decompressed;
            return Err(DecodeError::TooLarge { limit });
        }
        Ok(len > old_len)
    }

    /// All that is left.
    pub(crate) fn read_all(mut self) -> Result<Vec<u8>, DecodeError> {
        let mut all = Vec::new();
        while self.read_piece(&mut all)? {}
        Ok(all)
    }
}

/// The error in the words of Go's gzip reader, as far as it has the same.
fn message(err: &io::Error) -> String {
    match err.kind() {
        io::ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
        io::ErrorKind::InvalidInput => {
            let text = err.to_string();
            match () {
                () if text.contains("checksum") => "gzip: invalid checksum".to_owned(),
                () if text.contains("header") => "gzip: invalid header".to_owned(),
                () => text,
            }
        }
        _ => err.to_string(),
    }
}
