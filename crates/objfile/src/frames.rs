//! From an address to the calls that are active there.

use std::borrow::Cow;

use crate::binary::Binary;

/// One call at an address. Names are as the binary has them; see [`crate::demangle`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frame<'a> {
    /// Empty if unknown.
    pub function: Cow<'a, str>,
    /// Empty if unknown.
    pub file: Cow<'a, str>,
    /// 0 if unknown, but -1 in Go code with [`Detail::GoTool`], as there.
    pub line: i64,
    /// 0 if unknown.
    pub column: i64,
    /// Line the function starts at; 0 if unknown.
    pub start_line: i64,
    /// The compiler put this call into its caller, the next frame.
    pub inlined: bool,
}

/// Whose answer is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// What `go tool pprof` reports: of Go code one frame, named after the physical function but
    /// with file and line of the innermost inlined call; of C code one frame from DWARF.
    GoTool,
    /// Everything: inlined calls, start lines, columns where DWARF has them; the name of a symbol
    /// where there is nothing else. As in Go's own stacks, a wrapper that the compiler made is left
    /// out where a call was inlined into it.
    Full,
}

impl Binary {
    /// The calls at an address of the file (see [`crate::base`]), innermost first. Empty if nothing
    /// is known.
    pub fn frames(&self, address: u64, detail: Detail) -> Vec<Frame<'_>> {
        let go = self.go_frames(address, detail);
        if !go.is_empty() {
            return go;
        }
        match detail {
            Detail::GoTool => self.dwarf_frame_as_go_tool(address).into_iter().collect(),
            Detail::Full => {
                let frames = self.dwarf_frames(address);
                if frames.is_empty() {
                    self.symbol_frame(address)
                } else {
                    frames
                }
            }
        }
    }

    fn go_frames(&self, address: u64, detail: Detail) -> Vec<Frame<'_>> {
        let Some(tab) = self.pclntab() else {
            return Vec::new();
        };
        let Some(func) = tab.find(address) else {
            return Vec::new();
        };
        if detail == Detail::GoTool {
            let (file, line) = tab.file_line(&func, address);
            let function = func.name();
            return vec![Frame {
                function,
                file,
                line: line.into(),
                ..Frame::default()
            }];
        }
        let mut calls = tab.calls(&func, address);
        if calls.len() > 1
            && let Some(wrapper) = self.wrapper_id()
        {
            let mut is_innermost = true;
            calls.retain(|call| std::mem::take(&mut is_innermost) || call.function_id != wrapper);
            if let Some(outermost) = calls.last_mut() {
                outermost.inlined = false;
            }
        }
        calls
            .into_iter()
            .map(|call| Frame {
                function: call.function,
                file: call.file,
                line: call.line.max(0).into(),
                column: 0,
                start_line: call.start_line.into(),
                inlined: call.inlined,
            })
            .collect()
    }

    fn symbol_frame(&self, address: u64) -> Vec<Frame<'_>> {
        let code = |symbol: &crate::symbols::Symbol<'_>| matches!(symbol.code, 'T' | 't');
        let symbol = self.symbols().at(address).filter(code);
        let symbol = symbol.or_else(|| self.dynamic_symbols().at(address).filter(code));
        symbol
            .map(|symbol| Frame {
                function: symbol.name,
                ..Frame::default()
            })
            .into_iter()
            .collect()
    }
}
