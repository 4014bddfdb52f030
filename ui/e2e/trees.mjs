// Call trees of a million frames, the same every time, in the columns that the server sends.

/** Numbers from 0 to 1, the same every time. Source: Tommy Ettinger, "mulberry32", 2017. */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PACKAGES = ["runtime", "encoding/json", "net/http", "main", "github.com/acme/shop/store", "github.com/acme/shop/orders", "github.com/nats-io/nats-server/v2/server", "k8s.io/kubernetes/pkg/kubelet", "go.etcd.io/etcd/server/v3/mvcc", "google.golang.org/grpc/internal/transport"];
const VERBS = ["Get", "Put", "Read", "Write", "Close", "decode", "encode", "serve", "next", "flush"];

/** A tree whose stacks have between `shallow` and `deep` frames. */
export function million({ shallow, deep, names, n: most = 1_000_000 }) {
  const next = random(1);
  const texts = ["root"];
  for (let k = 0; k < names; k++) texts.push(`${PACKAGES[k % PACKAGES.length]}.(*T${k % 97}).${VERBS[(k >> 2) % VERBS.length]}${k}`);
  const [n, d, own, parent] = [[0], [0], [0], [-1]];
  const open = [0];
  let last = 0;
  while (n.length < most) {
    // The next stack has the callers of the one before, up to some level; few have nothing in common.
    const common = Math.max(0, Math.min(open.length - 1, Math.floor(open.length - 1 - Math.log(1 / (next() + 1e-9)) * (deep / 8))));
    open.length = common + 1;
    const end = Math.max(common + 1, shallow + Math.floor(next() * (deep - shallow)));
    for (let depth = common + 1; depth <= end && n.length < most; depth++) {
      // Functions call a few others, not any.
      const above = n[open[depth - 1]] >> 1;
      const name = 1 + ((above * 31 + 7 * depth + Math.floor(next() * 12)) % names);
      d.push(last + 1 - depth);
      last = depth;
      parent.push(open[depth - 1]);
      open[depth] = n.length;
      n.push((name << 1) | (next() < 0.2 ? 1 : 0));
      own.push(0);
    }
    own[n.length - 1] += 1 + Math.floor(next() * 9);
  }
  const v = [...own];
  for (let at = n.length - 1; at > 0; at--) v[parent[at]] += v[at];
  return { names: texts, files: [""], f: texts.map(() => 0), by: 10_000_000, n, d, v, s: own, leastShare: 0, isCut: false };
}
