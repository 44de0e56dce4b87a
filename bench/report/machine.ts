import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** What the numbers were measured on, as label and value. */
export function describeMachine(date: Date): [label: string, value: string][] {
  return [
    ['date', date.toISOString().slice(0, 10)],
    ['CPU', `${cpus().length} x ${readCpuModel()}`],
    ['memory', `${Math.round(totalmem() / 1024 ** 3)} GiB`],
    ['kernel', `Linux ${release()}`],
    ['Node', process.versions.node],
  ];
}

function readCpuModel(): string {
  return /^model name\s*:\s*(.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
}
