//! Functions that call each other, directly or through others: the strongly connected components of the graph of calls.

/// The group of each node that is a `member`, numbered from 0, and how many there are. Edges to and from other nodes do
/// not count. By Tarjan's algorithm, without recursion: chains of calls may be long.
pub(crate) fn groups_of(edges: &[Vec<u32>], member: &[bool]) -> (Vec<Option<u32>>, usize) {
    let mut search = Search {
        edges,
        member,
        index: vec![0; edges.len()],
        low: vec![0; edges.len()],
        stack: Vec::new(),
        groups: vec![None; edges.len()],
        n_visited: 0,
        n_groups: 0,
    };
    for (node, is_member) in member.iter().enumerate() {
        if *is_member && search.index[node] == 0 {
            search.visit(node as u32);
        }
    }
    (search.groups, search.n_groups as usize)
}

struct Search<'a> {
    edges: &'a [Vec<u32>],
    member: &'a [bool],
    /// When a node was visited, from 1; 0 if it was not.
    index: Vec<u32>,
    /// The first visited node of the stack that is reached.
    low: Vec<u32>,
    /// Visited nodes without a group.
    stack: Vec<u32>,
    groups: Vec<Option<u32>>,
    n_visited: u32,
    n_groups: u32,
}

impl Search<'_> {
    fn visit(&mut self, start: u32) {
        // Nodes on the path, with the position of the next edge.
        let mut path = vec![(start, 0)];
        self.enter(start);
        while let Some((node, next)) = path.last_mut() {
            let (from, edge) = (*node as usize, *next);
            *next += 1;
            let Some(&to) = self.edges[from].get(edge) else {
                path.pop();
                self.leave(from);
                if let Some((parent, _)) = path.last() {
                    let parent = *parent as usize;
                    self.low[parent] = self.low[parent].min(self.low[from]);
                }
                continue;
            };
            let target = to as usize;
            if !self.member[target] {
                continue;
            }
            if self.index[target] == 0 {
                self.enter(to);
                path.push((to, 0));
            } else if self.groups[target].is_none() {
                self.low[from] = self.low[from].min(self.index[target]);
            }
        }
    }

    fn enter(&mut self, node: u32) {
        self.n_visited += 1;
        self.index[node as usize] = self.n_visited;
        self.low[node as usize] = self.n_visited;
        self.stack.push(node);
    }

    /// Makes a group of what was visited since the node, if nothing before it is reached.
    fn leave(&mut self, node: usize) {
        if self.low[node] != self.index[node] {
            return;
        }
        while let Some(member) = self.stack.pop() {
            self.groups[member as usize] = Some(self.n_groups);
            if member as usize == node {
                break;
            }
        }
        self.n_groups += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_each_other_is_a_group() {
        // 0 → 1 → 2 → 0, 2 → 3 → 4 → 3, 5 alone; 6 is not a member, though 4 → 6 → 0.
        let edges = vec![
            vec![1],
            vec![2],
            vec![0, 3],
            vec![4],
            vec![3, 6],
            vec![],
            vec![0],
        ];
        let member = [true, true, true, true, true, true, false];
        let (groups, n_groups) = groups_of(&edges, &member);
        assert_eq!(n_groups, 3);
        assert_eq!(groups[0], groups[1]);
        assert_eq!(groups[0], groups[2]);
        assert_eq!(groups[3], groups[4]);
        assert_ne!(groups[0], groups[3]);
        assert_ne!(groups[5], groups[0]);
        assert_eq!(groups[6], None);
    }

    #[test]
    fn chains_may_be_long() {
        let n = 200_000;
        let edges: Vec<Vec<u32>> = (0..n)
            .map(|node| {
                if node + 1 < n {
                    vec![node + 1]
                } else {
                    vec![0]
                }
            })
            .collect();
        let (groups, n_groups) = groups_of(&edges, &vec![true; n as usize]);
        assert_eq!(n_groups, 1);
        assert!(groups.iter().all(|group| *group == Some(0)));
    }
}
