import { inspect } from 'node:util';
import type { Log, LogFields } from '../../src/kernel/log.ts';

export interface RecordedLog extends Log {
  readonly lines: { readonly event: string; readonly fields: LogFields }[];
  /** The events with one field of each: `store.failed read-only`. */
  told(field: string): string[];
  /** Everything, as deep as it goes. */
  text(): string;
}

export function recordLog(): RecordedLog {
  const lines: RecordedLog['lines'] = [];
  const record = (event: string, fields: LogFields = {}): void => {
    lines.push({ event, fields });
  };
  return {
    lines,
    debug: record,
    info: record,
    warn: record,
    error: record,
    told: (field) => lines.map(({ event, fields }) => `${event} ${String(fields[field])}`),
    text: () => inspect(lines, { depth: 20, showHidden: true }),
  };
}
