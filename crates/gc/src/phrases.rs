//! Whole messages that the reader and the writer share.

pub(crate) const BOUNDS_CHECK_ELIDED: &str = "index bounds check elided";
pub(crate) const IMPRECISE_INTERFACE_CALL: &str = "imprecise interface call";
pub(crate) const ZERO_COPY_CONVERSION: &str = "zero-copy string->[]byte conversion";
pub(crate) const UNKNOWN_TO_BLOOP: &str = "expr is unknown to bloop pass";
pub(crate) const UNKNOWN_ASSIGNMENT_TO_BLOOP: &str =
    "unrecognized shape for assign list stmt for blank assignment";
pub(crate) const CONSIDERED_BIG: &str = " considered 'big'; reducing max cost of inlinees";
pub(crate) const TRUNCATED: &str =
    "  warning: truncated explanation due to assignment cycle; see golang.org/issue/35518";
/// Printed in place of an unknown position, by the messages that always print one.
pub(crate) const UNKNOWN_POSITION: &str = "<unknown line number>";
