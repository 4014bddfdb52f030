// The status of the server, as the status bar shows it.

/** The notification `goperf/status`. */
export interface Status {
  state: 'busy' | 'ready' | 'error';
  engine: 'native' | 'compiler';
  /** Why packages could not be loaded. */
  problems: string[];
  /** Why the compiler has no decisions. */
  broken: string[];
  /** Names of the attached profiles. */
  profiles: string[];
  /** Minutes since the oldest attached profile was written; `null` where that is unknown. */
  profileAgeMinutes: number | null;
}

/** What the extension itself knows: the server is starting, has ended, or cannot be started. */
export type Phase = { phase: 'starting' } | { phase: 'stopped'; why: string } | { phase: 'running'; status: Status };

export interface StatusView {
  text: string;
  /** Markdown. */
  tooltip: string;
  isWarning: boolean;
}

const ENGINES = {
  native: 'Verdicts on unsaved text come from the model of the inliner.',
  compiler: 'Verdicts come from the compiler, at the last save.',
};

export function statusView(phase: Phase): StatusView {
  if (phase.phase === 'starting') return { text: '$(sync~spin) goperf', tooltip: 'goperf starts', isWarning: false };
  if (phase.phase === 'stopped') return { text: '$(error) goperf', tooltip: phase.why, isWarning: true };
  const { status } = phase;
  const lines = [];
  for (const problem of [...status.problems, ...status.broken]) lines.push(`- ${escaped(problem)}`);
  if (lines.length > 0) lines.push('');
  lines.push(ENGINES[status.engine], '');
  if (status.profiles.length === 0) {
    lines.push('No profile is attached.');
  } else {
    const age = status.profileAgeMinutes;
    lines.push(age === null ? 'Attached profiles:' : `Attached profiles, the oldest written ${ago(age)}:`, '');
    for (const name of status.profiles) lines.push(`- ${escaped(name)}`);
  }
  const isWarning = status.state === 'error';
  const icon = { busy: '$(sync~spin)', ready: '$(flame)', error: '$(warning)' }[status.state];
  const count = status.profiles.length;
  return { text: count === 0 ? `${icon} goperf` : `${icon} goperf ${count}`, tooltip: lines.join('\n'), isWarning };
}

/** A duration in the past, in words. */
export function ago(minutes: number): string {
  if (minutes < 1) return 'just now';
  const [count, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 60 * 24
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / 60 / 24), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}

/** Text of the server, in which nothing counts as Markdown. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]()<>#+!|~$]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
}
