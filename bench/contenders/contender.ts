// One of the programs that are compared, running.

import type { Built } from '../build.ts';
import type { Processes } from '../process/processes.ts';

export interface Contender {
  /** Stays the same whatever its version. */
  readonly id: string;
  /** As in the tables; with the version. */
  readonly name: string;
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Sent with every request: what makes it one of a signed-in person, where there is such a thing. */
  readonly headers: Readonly<Record<string, string>>;
  /** The processes whose CPU time and memory count, with all their descendants. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface ContenderInput {
  readonly built: Built;
  readonly processes: Processes;
  /** For configuration files. */
  readonly folder: string;
  /** Port of the static upstream. */
  readonly upstreamPort: number;
}

/** A contender that cannot take part here, and why. */
export interface Absent {
  readonly absent: string;
}

export function isAbsent(result: Contender | Absent): result is Absent {
  return 'absent' in result;
}

/** @throws {Error} for one that has to be there. */
export function assertPresent<T extends Contender>(result: T | Absent): T {
  if (isAbsent(result)) throw new Error(result.absent);
  return result;
}

/** Those without sign-in get a cookie too, so that every request has about the same length. */
const OTHER_COOKIE = `session=s%3A${'x'.repeat(90)}`;

export function plainHeaders(port: number): Record<string, string> {
  return { Host: `localhost:${port}`, Accept: 'application/json', Cookie: OTHER_COOKIE };
}
