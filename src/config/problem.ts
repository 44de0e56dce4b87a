// What is wrong with a configuration, in one shape: where, what, which value, and the way out.

/** One thing an operator has to correct (problem) or should look at (warning). */
export interface ConfigProblem {
  /** `upstreams.grafana.url`; in another file `users.yaml users[0].name`; for a variable its name. */
  readonly path: string;
  /** What is wrong, after the path: `is not a duration`. */
  readonly what: string;
  /** The value, fit to be printed; absent where it is a secret's or not a single value. */
  readonly value?: string;
  /** What to do, as a sentence without its full stop. */
  readonly wayOut: string;
}

/** Problems and warnings of one load, in the order found. */
export interface Findings {
  readonly problems: ConfigProblem[];
  readonly warnings: ConfigProblem[];
  /** Every file that was read, or should have been, by absolute path, with its stamp from before. */
  readonly files: Map<string, string>;
}

export function createFindings(): Findings {
  return { problems: [], warnings: [], files: new Map() };
}

/** `listen.port: is too large (70000). Write at most 65535.` */
export function formatProblem(problem: ConfigProblem): string {
  const value = problem.value === undefined ? '' : ` (${problem.value})`;
  return `${problem.path}: ${problem.what}${value}. ${problem.wayOut}.`;
}

/** Longest value shown, in characters. */
const MAX_SHOWN = 80;

/** A single value as one printable line. Never call it with a secret's value. */
export function showValue(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value);
  // A URL may hold a password or a token: neither user info nor query is shown (SEC-B21).
  const bare = text.includes('://') ? text.replace(/^[^?#]*@/, '***@').replace(/\?.*$/s, '?...') : text;
  const short = bare.length > MAX_SHOWN ? `${bare.slice(0, MAX_SHOWN)}...` : bare;
  const shown = typeof value === 'string' ? JSON.stringify(short) : short;
  // Control and other odd characters would let a value forge lines or colours on a terminal.
  return shown.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `signIn.tickets[0].jwksUrl`; a key that is not a plain word is quoted. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]{1,64}$/.test(String(part))) text += text === '' ? String(part) : `.${String(part)}`;
    else text += `[${showValue(String(part))}]`;
  }
  return text === '' ? 'configuration' : text;
}
