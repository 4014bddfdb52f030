//! Go source as a list of tokens: enough to find a function's end, the calls on a line and stores
//! into maps. No grammar; broken source gives what can be read of it.

use base::LineCol;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TokenKind {
    /// An identifier or keyword.
    Word,
    /// A number, string or rune.
    Literal,
    /// An operator or delimiter: the longest that Go has.
    Operator,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    pub(crate) text: &'a str,
    pub(crate) at: LineCol,
}

/// The tokens of a file, comments left out.
pub(crate) struct Tokens<'a>(Vec<Token<'a>>);

/// A call in the source: `callee(`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Call {
    /// As written, such as `fmt.Sprintf` or `s.next`.
    pub(crate) callee: String,
    /// Of the opening parenthesis, which is where the compiler says the call is.
    pub(crate) paren: LineCol,
}

/// The lines of a function's declaration and body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Extent {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

const OPERATORS: &[&str] = &[
    "<<=", ">>=", "&^=", "...", "&&", "||", "<-", "++", "--", "==", "!=", "<=", ">=", ":=", "+=",
    "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "&^",
];

impl<'a> Tokens<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        let mut lexer = Lexer {
            source,
            offset: 0,
            line: 1,
            line_start: 0,
        };
        let mut tokens = Vec::new();
        while let Some(token) = lexer.next() {
            tokens.push(token);
        }
        Self(tokens)
    }

    /// The tokens of one line.
    pub(crate) fn on_line(&self, line: u32) -> &[Token<'a>] {
        let start = self.0.partition_point(|token| token.at.line < line);
        let end = self.0.partition_point(|token| token.at.line <= line);
        &self.0[start..end]
    }

    /// The extent of the function whose `func` is on `line`.
    pub(crate) fn function_at(&self, line: u32) -> Option<Extent> {
        let start = self.0.partition_point(|token| token.at.line < line);
        let func = self.0[start..]
            .iter()
            .take_while(|token| token.at.line == line)
            .position(|token| token.text == "func")?;
        let mut depth = 0_i32;
        let mut body = None;
        let mut previous = "";
        for (index, token) in self.0.iter().enumerate().skip(start + func) {
            match token.text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                "{" => {
                    if depth == 0 && body.is_none() && !matches!(previous, "struct" | "interface") {
                        body = Some(index);
                    }
                    depth += 1;
                }
                "}" => {
                    depth -= 1;
                    if depth <= 0 && body.is_some() {
                        return Some(Extent {
                            first: line,
                            last: token.at.line,
                        });
                    }
                }
                _ => {}
            }
            previous = token.text;
        }
        None
    }

    /// The calls between two lines, conversions to predeclared types and builtins left out.
    pub(crate) fn calls(&self, extent: Extent) -> Vec<Call> {
        let start = self.0.partition_point(|token| token.at.line < extent.first);
        let end = self.0.partition_point(|token| token.at.line <= extent.last);
        let tokens = &self.0[start..end];
        let mut calls = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            if token.text == "("
                && let Some(callee) = callee_before(&tokens[..index])
            {
                calls.push(Call {
                    callee,
                    paren: token.at,
                });
            }
        }
        calls
    }

    /// Whether the line assigns to an indexed place: `x[k] = v`, `x[k] += v`, `x[k]++`.
    pub(crate) fn stores_by_index(&self, line: u32) -> bool {
        let tokens = self.on_line(line);
        let assigns = |text: &str| {
            matches!(text, "=" | "++" | "--" | ",")
                || (text.len() >= 2
                    && text.ends_with('=')
                    && !matches!(text, "==" | "!=" | "<=" | ">=" | ":="))
        };
        let last = tokens
            .iter()
            .rposition(|token| token.text != "," && assigns(token.text));
        let Some(last) = last else {
            return false;
        };
        tokens[..=last]
            .windows(2)
            .any(|pair| pair[0].text == "]" && assigns(pair[1].text))
    }

    /// First and past-the-last column of the expression whose place is `at`, on its line: the callee of a call, the
    /// type behind `&`, a dotted name.
    pub(crate) fn expression_at(&self, at: LineCol) -> Option<(u32, u32)> {
        let tokens = self.on_line(at.line);
        let index = tokens.iter().position(|token| token.at == at)?;
        let end_of = |token: &Token| token.at.col + token.text.len() as u32;
        let dotted = |mut index: usize| {
            while let (Some(dot), Some(name)) = (tokens.get(index + 1), tokens.get(index + 2))
                && dot.text == "."
                && name.kind == TokenKind::Word
            {
                index += 2;
            }
            index
        };
        let (first, last) = match tokens[index].text {
            "(" | "{" if index > 0 && tokens[index - 1].kind == TokenKind::Word => {
                let mut first = index - 1;
                while first >= 2
                    && tokens[first - 1].text == "."
                    && tokens[first - 2].kind == TokenKind::Word
                {
                    first -= 2;
                }
                (first, index - 1)
            }
            "&" | "*"
                if tokens
                    .get(index + 1)
                    .is_some_and(|next| next.kind == TokenKind::Word) =>
            {
                (index, dotted(index + 1))
            }
            _ if tokens[index].kind == TokenKind::Word => (index, dotted(index)),
            _ => (index, index),
        };
        Some((tokens[first].at.col, end_of(&tokens[last])))
    }

    /// Whether the line has the start of a composite literal behind `&` or of a slice or map literal.
    pub(crate) fn has_literal(&self, line: u32) -> bool {
        let tokens = self.on_line(line);
        let behind_and = |pair: &[Token]| pair[0].text == "&" && pair[1].kind == TokenKind::Word;
        let behind_bracket =
            |pair: &[Token]| pair[0].text == "]" && pair[1].kind == TokenKind::Word;
        tokens.iter().any(|token| token.text == "{")
            && (tokens.windows(2)).any(|pair| behind_and(pair) || behind_bracket(pair))
    }

    /// Whether the line has these tokens in a row.
    pub(crate) fn has(&self, line: u32, words: &[&str]) -> bool {
        (self.on_line(line).windows(words.len())).any(|tokens| {
            tokens
                .iter()
                .zip(words)
                .all(|(token, word)| token.text == *word)
        })
    }
}

/// What is called by a parenthesis after these tokens; `None` if that is no call.
fn callee_before(tokens: &[Token]) -> Option<String> {
    let last = tokens.last()?;
    if last.kind != TokenKind::Word || is_no_callee(last.text) {
        return None;
    }
    let mut first = tokens.len() - 1;
    while first >= 2 && tokens[first - 1].text == "." && tokens[first - 2].kind == TokenKind::Word {
        first -= 2;
    }
    if first >= 1 && tokens[first - 1].text == "func" {
        return None;
    }
    // A method's declaration: `func (r T) Name(`.
    let declares = first >= 1
        && tokens[first - 1].text == ")"
        && first + 1 == tokens.len()
        && is_receiver(&tokens[..first]);
    (!declares).then(|| tokens[first..].iter().map(|token| token.text).collect())
}

/// Whether the tokens end in `func (…)`.
fn is_receiver(tokens: &[Token]) -> bool {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().rev() {
        match token.text {
            ")" => depth += 1,
            "(" => {
                depth -= 1;
                if depth == 0 {
                    return index >= 1 && tokens[index - 1].text == "func";
                }
            }
            _ => {}
        }
    }
    false
}

fn is_no_callee(word: &str) -> bool {
    matches!(
        word,
        "func"
            | "if"
            | "for"
            | "switch"
            | "return"
            | "case"
            | "go"
            | "defer"
            | "range"
            | "select"
            | "var"
            | "const"
            | "type"
            | "import"
            | "else"
            | "interface"
            | "struct"
            | "map"
            | "chan"
            | "append"
            | "cap"
            | "clear"
            | "close"
            | "complex"
            | "copy"
            | "delete"
            | "imag"
            | "len"
            | "make"
            | "max"
            | "min"
            | "new"
            | "panic"
            | "print"
            | "println"
            | "real"
            | "recover"
            | "bool"
            | "byte"
            | "rune"
            | "string"
            | "error"
            | "any"
            | "uintptr"
            | "int"
            | "int8"
            | "int16"
            | "int32"
            | "int64"
            | "uint"
            | "uint8"
            | "uint16"
            | "uint32"
            | "uint64"
            | "float32"
            | "float64"
            | "complex64"
            | "complex128"
    )
}

struct Lexer<'a> {
    source: &'a str,
    offset: usize,
    line: u32,
    line_start: usize,
}

impl<'a> Lexer<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = &self.source[self.offset..];
            let c = rest.chars().next()?;
            if c == '\n' || c.is_whitespace() {
                self.advance(c.len_utf8());
            } else if rest.starts_with("//") {
                self.advance(rest.find('\n').unwrap_or(rest.len()));
            } else if rest.starts_with("/*") {
                self.advance(rest.find("*/").map_or(rest.len(), |end| end + 2));
            } else {
                break;
            }
        }
        let rest = &self.source[self.offset..];
        let at = LineCol {
            line: self.line,
            col: (self.offset - self.line_start) as u32 + 1,
        };
        let (kind, len) = token(rest);
        self.advance(len);
        Some(Token {
            kind,
            text: &rest[..len],
            at,
        })
    }

    fn advance(&mut self, len: usize) {
        let passed = &self.source.as_bytes()[self.offset..self.offset + len];
        for (index, _) in passed
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
        {
            self.line += 1;
            self.line_start = self.offset + index + 1;
        }
        self.offset += len;
    }
}

/// Kind and length of the token that `rest` starts with.
fn token(rest: &str) -> (TokenKind, usize) {
    let first = rest.chars().next().unwrap_or('\0');
    let span = |accept: fn(char) -> bool| rest.find(|c| !accept(c)).unwrap_or(rest.len());
    match first {
        '"' | '\'' => (TokenKind::Literal, quoted(rest, first)),
        '`' => {
            let end = rest[1..].find('`').map_or(rest.len(), |end| end + 2);
            (TokenKind::Literal, end)
        }
        c if c.is_alphabetic() || c == '_' => {
            (TokenKind::Word, span(|c| c.is_alphanumeric() || c == '_'))
        }
        c if c.is_ascii_digit() => (
            TokenKind::Literal,
            span(|c| c.is_alphanumeric() || c == '_' || c == '.'),
        ),
        c => {
            let operator = OPERATORS
                .iter()
                .find(|operator| rest.starts_with(**operator));
            (
                TokenKind::Operator,
                operator.map_or(c.len_utf8(), |operator| operator.len()),
            )
        }
    }
}

/// Length of a string or rune with its quotes; ends at the line's end when not closed.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return index,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return index + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"package p

func (s *Set[T]) Add(x T, f func(int) struct{ a int }) (n int) {
	s.index[key(x)] = len(s.list) /* f( */
	s.list = append(s.list, x) // g(
	if a, ok := s.index[`)(`]; ok {
		fmt.Println("}", '}', s.inner.next(1)(2), string(b))
	}
	return func() int { return 1 }()
}

func last() {}
"#;

    #[test]
    fn a_function_ends_at_its_brace() {
        let tokens = Tokens::new(SOURCE);
        let extent = |line| tokens.function_at(line).map(|it| (it.first, it.last));
        assert_eq!(extent(3), Some((3, 10)));
        assert_eq!(extent(12), Some((12, 12)));
        assert_eq!(extent(4), None);
    }

    #[test]
    fn calls_are_found_by_their_parenthesis() {
        let tokens = Tokens::new(SOURCE);
        let calls = tokens.calls(Extent { first: 3, last: 10 });
        let shown: Vec<String> = (calls.iter())
            .map(|call| format!("{}@{}:{}", call.callee, call.paren.line, call.paren.col))
            .collect();
        assert_eq!(shown, ["key@4:13", "fmt.Println@7:14", "s.inner.next@7:37"]);
    }

    #[test]
    fn stores_by_index_are_told_from_reads() {
        let line = |text: &str| Tokens::new(text).stores_by_index(1);
        for store in [
            "m[k] = v",
            "m[k] += 1",
            "m[k]++",
            "a, m[k] = f()",
            "m[k], b = 1, 2",
            "m[a[i]].x[k] = 1",
        ] {
            assert!(line(store), "{store}");
        }
        for read in [
            "v := m[k]",
            "if m[k] == v {",
            "f(m[k], 1)",
            "m[k].x = 1",
            "x = m[k]",
        ] {
            assert!(!line(read), "{read}");
        }
    }

    #[test]
    fn places_of_the_compiler_become_expressions() {
        let tokens = Tokens::new("\tx := append(p.out, &ast.Comment{a.b.c}, \"s\"+t)\n");
        let span = |col| tokens.expression_at(LineCol { line: 1, col });
        assert_eq!(span(13), Some((7, 13)), "append");
        assert_eq!(span(21), Some((21, 33)), "&ast.Comment");
        assert_eq!(span(34), Some((34, 39)), "a.b.c");
        assert_eq!(span(46), Some((46, 47)), "+");
        assert_eq!(span(2), Some((2, 3)), "x");
        assert_eq!(span(3), None);
    }

    #[test]
    fn broken_source_does_not_panic() {
        for end in 0..SOURCE.len() {
            if let Some(cut) = SOURCE.get(..end) {
                Tokens::new(cut).function_at(3);
            }
        }
        Tokens::new("\"\\");
        Tokens::new("é`");
    }
}
