//! Messages as bytes: a header with their length, then JSON.
//!
//! What is not JSON, or no message, is an answer of its own ([`Incoming::Malformed`]), since the next message is known
//! to begin behind it. A header that cannot be read is the end.

use std::io::{self, BufRead, Read as _, Write};

use lsp_server::Message;

/// What came from the client.
#[derive(Debug)]
pub(crate) enum Incoming {
    Message(Message),
    /// Bytes of the announced length that are not a message, and why.
    Malformed(String),
}

/// Longest line of a header.
const MAX_HEADER: u64 = 4 << 10;
/// Longest message.
const MAX_BODY: usize = 256 << 20;

/// The next message; `None` at the end of the stream.
pub(crate) fn read(input: &mut dyn BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = read_header(input)? else {
        return Ok(None);
    };
    if length > MAX_BODY {
        return Err(invalid(format!("a message of {length} bytes")));
    }
    // A length that is only announced takes no memory.
    let mut body = Vec::new();
    input.take(length as u64).read_to_end(&mut body)?;
    if body.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(match serde_json::from_slice::<Message>(&body) {
        Ok(message) => Incoming::Message(message),
        Err(error) => Incoming::Malformed(error.to_string()),
    }))
}

/// The length that a header announces; `None` at the end of the stream.
fn read_header(input: &mut dyn BufRead) -> io::Result<Option<usize>> {
    let mut length = None;
    let mut is_first = true;
    loop {
        let mut line = Vec::new();
        let read = input.take(MAX_HEADER).read_until(b'\n', &mut line)?;
        if read == 0 && is_first {
            return Ok(None);
        }
        is_first = false;
        if line.last() != Some(&b'\n') {
            return Err(invalid("a header without an end".to_owned()));
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            return length
                .map(Some)
                .ok_or_else(|| invalid("a header without a length".to_owned()));
        }
        let Some((name, value)) = line.split_once(':') else {
            return Err(invalid("a header without a colon".to_owned()));
        };
        if name.trim().eq_ignore_ascii_case("content-length") {
            let value = value.trim().parse();
            length = Some(value.map_err(|_| invalid("a length that is not a number".to_owned()))?);
        }
    }
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

/// Writes a message.
pub(crate) fn write(output: &mut dyn Write, message: &Message) -> io::Result<()> {
    let mut body = serde_json::to_value(message)?;
    if let Some(object) = body.as_object_mut() {
        object.insert("jsonrpc".to_owned(), "2.0".into());
    }
    write_body(output, &body)
}

/// Answers what was no message: it has no id to answer to.
pub(crate) fn write_parse_error(output: &mut dyn Write, why: &str) -> io::Result<()> {
    let code = lsp_server::ErrorCode::ParseError as i32;
    let error = serde_json::json!({ "code": code, "message": why });
    let body = serde_json::json!({ "jsonrpc": "2.0", "id": null, "error": error });
    write_body(output, &body)
}

fn write_body(output: &mut dyn Write, body: &serde_json::Value) -> io::Result<()> {
    let text = body.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut bytes: &[u8]) -> Vec<String> {
        let mut out = Vec::new();
        loop {
            match read(&mut bytes) {
                Ok(Some(Incoming::Message(Message::Request(request)))) => out.push(request.method),
                Ok(Some(Incoming::Message(_))) => out.push("other".to_owned()),
                Ok(Some(Incoming::Malformed(_))) => out.push("malformed".to_owned()),
                Ok(None) => return out,
                Err(error) => {
                    out.push(error.to_string());
                    return out;
                }
            }
        }
    }

    #[test]
    fn messages_are_read_one_after_another_whatever_is_in_them() {
        let ask = r#"{"jsonrpc":"2.0","id":1,"method":"shutdown"}"#;
        let framed = |text: &str| format!("Content-Length: {}\r\n\r\n{text}", text.len());
        let with_type = format!("content-type: x\r\n{}", framed(ask));
        let text = framed("nonsense") + &framed(ask) + &with_type + &framed("[1]");
        let read = all(text.as_bytes());
        assert_eq!(read, ["malformed", "shutdown", "shutdown", "malformed"]);
        for (text, why) in [
            ("Content-Length: 5\r\n\r\n{}", "unexpected end of file"),
            (
                "Content-Length: x\r\n\r\n{}",
                "a length that is not a number",
            ),
            ("\r\n", "a header without a length"),
            ("nonsense\r\n\r\n", "a header without a colon"),
            ("Content-Length: 2", "a header without an end"),
            (
                "Content-Length: 99999999999\r\n\r\n{}",
                "a message of 99999999999 bytes",
            ),
        ] {
            assert_eq!(all(text.as_bytes()), [why]);
        }
        let long = "x".repeat(10 << 20);
        assert_eq!(all(long.as_bytes()), ["a header without an end"]);
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut bytes = Vec::new();
        let request = lsp_server::Request {
            id: 7.into(),
            method: "größe".to_owned(),
            params: serde_json::json!({}),
        };
        write(&mut bytes, &request.into()).unwrap();
        write_parse_error(&mut bytes, "why").unwrap();
        assert_eq!(all(&bytes), ["größe", "malformed"]);
    }
}
