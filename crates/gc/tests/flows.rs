//! Flows in steps, from the logs that Go 1.24.11 and 1.27.3 write about `data/words.go` at `-m=2`.

use gc::{Decisions, End, Flows, Kind, read_log};

/// `SUBJECT [KIND]: step @LINE; step @LINE -> END` for each decision that is explained.
fn flows(log: &str) -> String {
    let (decisions, problems) = read_log(log.as_bytes(), &[]);
    assert_eq!(problems, []);
    let flows = Flows::new(&decisions);
    let mut lines = Vec::new();
    for (id, decision) in decisions.iter() {
        if let Some(flow) = flows.flow(id) {
            let steps: Vec<String> = flow
                .steps
                .iter()
                .map(|step| format!("{step} @{}", step.at.line))
                .collect();
            let (line, message) = (decision.position.line, decisions.message(decision));
            lines.push(format!("{line}: {message}\n    {}", steps.join("; ")));
            if flow.end != End::Heap {
                lines.push(format!("    -> {:?}", flow.end));
            }
        }
    }
    lines.join("\n")
}

#[test]
fn flows_are_worded() {
    insta::assert_snapshot!(flows(include_str!("data/words.log")), @r#"
    16: &node{} escapes to heap
        returned @16
        -> Result("result")
    19: moved to heap: n
        its address is taken by `&n` @20; stored in package-level variable `kept` @20
    24: moved to heap: next
        its address is taken by `&next` @25; stored in field `n.next` @25
    29: new(node) escapes to heap
        assigned to `n` @29; stored through pointer `*pp` @30
    34: &node{} escapes to heap
        stored in element `nodes[0]` @34
    35: string(b) escapes to heap
        used as the key of `m[string(b)]` @35
    35: new(node) escapes to heap
        stored in element `m[string(b)]` @35
    38: "x" escapes to heap
        packed into the variadic arguments @38; passed to inlined `fmt.Println` @38; passed to `fmt.Fprintln` @38
    38: x escapes to heap
        packed into the variadic arguments @38; passed to inlined `fmt.Println` @38; passed to `fmt.Fprintln` @38
    40: leaking param: w
        passed to `w.Write` @42
    41: moved to heap: buf
        its address is taken by `buf` @42; sliced by `buf[:]` @42; passed to `w.Write` @42
    45: &node{...} escapes to heap
        sent on channel `ch` @45
    45: 1 escapes to heap
        put in struct literal `node` @45; sent on channel `ch` @45
    48: moved to heap: count
        `count` is captured by reference by a closure @49; run by a go statement, or by defer in a loop @49
    49: func literal escapes to heap
        run by a go statement, or by defer in a loop @49
    54: func literal escapes to heap
        run by a go statement, or by defer in a loop @54
    59: moved to heap: n
        `n` is captured by reference by a closure @60; returned @60
        -> Result("result")
    60: func literal escapes to heap
        returned @60
        -> Result("result")
    63: code escapes to heap
        passed to panic @63
    65: leaking param content: nodes
        passed to `append` @67; moved when `nodes` grows by append @67
    65: leaking param: nodes to result ~r0 level=0
        returned by `append` @67; returned by `append` @67; returned @67
        -> Result("result")
    66: &node{} escapes to heap
        put in slice literal `[]*node` @66; assigned to `more` @66; its elements are appended to `append(nodes, &node{})` @67
    67: &node{} escapes to heap
        appended to `nodes` @67
    67: append escapes to heap
        returned by `append` @67; returned @67
        -> Result("result")
    67: append escapes to heap
        returned @67
        -> Result("result")
    71: &node{} escapes to heap
        put in slice literal `[]*node` @71; assigned to `src` @71; its elements are copied to `dst` @72
    71: &node{} escapes to heap
        put in slice literal `[]*node` @71; assigned to `src` @71; its elements are copied to `dst` @72
    76: map[string]*node{...} escapes to heap
        assigned to `m` @76; returned @77
        -> Result("result")
    76: &node{} escapes to heap
        put as a value in map literal `map[string]*node` @76
    77: &node{} escapes to heap
        put in array literal `[2]*node` @77; returned @77
        -> Result("result")
    77: &node{} escapes to heap
        put in array literal `[2]*node` @77; returned @77
        -> Result("result")
    77: []any{...} escapes to heap
        returned @77
        -> Result("result")
    77: &node{} escapes to heap
        put in struct literal `node` @77; returned @77
        -> Result("result")
    81: moved to heap: a
        `a` is too large for the stack @81
    88: moved to heap: j
        its address is taken by `&j` @89; assigned to `last` @89
        -> Variable("last")
    95: leaking param: p to result ~r0 level=1
        read from field `p.next` @95; returned @95
        -> Result("result")
    97: leaking param: p to result ~r0 level=1
        returned by `same` @105; returned @105
        -> Result("result")
    97: leaking param content: q
        read from field `q.names` @102; ranged over @102; appended to `kept.names` @103
    97: leaking param: v to result ~r0 level=0
        matched by type switch case `*node` @99; returned @100
        -> Result("result")
    103: append escapes to heap
        stored in field `kept.names` @103
    "#);
}

/// Decisions differ by version; the flow of one does not.
#[test]
fn go_1_24_gives_the_same_flows() {
    let new = flows(include_str!("data/words.log"));
    let old = flows(include_str!("data/words-1.24.log"));
    let lines: Vec<&str> = old.lines().filter(|line| !new.contains(line)).collect();
    insta::assert_snapshot!(lines.join("\n"), @"");
}

#[test]
fn every_escape_of_the_file_is_explained() {
    let unexplained = |log: &str| {
        let (decisions, _) = read_log(log.as_bytes(), &[]);
        let lines: Vec<String> = unexplained_escapes(&decisions);
        lines
    };
    assert_eq!(unexplained(include_str!("data/words.log")), [""; 0]);
    assert_eq!(unexplained(include_str!("data/words-1.24.log")), [""; 0]);
}

fn unexplained_escapes(decisions: &Decisions) -> Vec<String> {
    decisions
        .iter()
        .filter(|(id, decision)| {
            matches!(decision.kind, Kind::MovedToHeap | Kind::EscapesToHeap)
                && decisions.why(*id).next().is_none()
        })
        .map(|(_, decision)| decisions.line(decision).to_string())
        .collect()
}
