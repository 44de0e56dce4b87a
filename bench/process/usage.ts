// What a contender has used: CPU time and memory of a process and all its descendants, as Linux counts them (proc(5)).

import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: the unit of /proc/PID/stat on every common Linux, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;

export interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  /** utime + stime, and those of ended children (cutime + cstime), so that a child's end loses nothing. */
  readonly cpuTicks: number;
}

export interface TreeUsage {
  /** Microseconds of all processes together. */
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/** Parses one /proc/PID/stat. @returns undefined for text of another form. */
export function parseStat(text: string): ProcessStat | undefined {
  // The name, in parentheses, may itself hold spaces and parentheses: fields are counted from the last one.
  const nameEnd = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(nameEnd + 2).split(' ');
  // Here field 3 of proc(5) has index 0.
  const [parentPid, utime, stime, cutime, cstime] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]));
  const cpuTicks = (utime ?? Number.NaN) + (stime ?? Number.NaN) + (cutime ?? Number.NaN) + (cstime ?? Number.NaN);
  if (nameEnd === -1 || Number.isNaN(pid) || parentPid === undefined || Number.isNaN(parentPid) || Number.isNaN(cpuTicks)) return undefined;
  return { pid, parentPid, cpuTicks };
}

/** VmRSS of one /proc/PID/status in bytes; 0 where there is none (a process that has just ended). */
export function parseRssBytes(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/** The roots and everything below them. */
export function selectTree(all: readonly ProcessStat[], roots: readonly number[]): ProcessStat[] {
  const chosen = new Set(roots);
  let before = -1;
  while (before !== chosen.size) {
    before = chosen.size;
    for (const { pid, parentPid } of all) if (chosen.has(parentPid)) chosen.add(pid);
  }
  return all.filter(({ pid }) => chosen.has(pid));
}

/** Reads the use of the roots and all their descendants up to now. @throws {Error} where there is no /proc, or a root has ended. */
export function readUsage(roots: readonly number[]): TreeUsage {
  const tree = selectTree(readProcesses(), roots);
  const missing = roots.filter((root) => !tree.some(({ pid }) => pid === root));
  if (missing.length > 0) throw new Error(`process ${missing.join(', ')} has ended during the run`);
  return {
    cpuUs: tree.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0) * (1_000_000 / TICKS_PER_SECOND),
    rssBytes: tree.reduce((sum, { pid }) => sum + parseRssBytes(readProc(pid, 'status')), 0),
  };
}

function readProcesses(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => parseStat(readProc(Number(name), 'stat')))
    .filter((stat) => stat !== undefined);
}

/** Empty for a process that has ended between listing and reading. */
function readProc(pid: number, file: 'stat' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
