// Where audit lines go. Writing never holds up a request: what the disk does not take in time is bounded, then lost and
// counted, and the first loss is an error in the log.

import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Log } from '../kernel/log.ts';

/** Most bytes that wait to be written. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** How long after a failure another attempt is made, in milliseconds. */
const RETRY_MS = 1000;

export interface AuditSink {
  write(line: string): void;
  /** A file is opened anew by its name, for log rotation; what was written before is in the one from before. */
  reopen(): void;
  /** Lines that were lost since the start. */
  readonly lost: number;
  /** Ends when all is written. */
  close(): Promise<void>;
}

export interface AuditFileOptions {
  /** Absolute path; made with mode 0600 where it is not there. */
  readonly path: string;
  readonly log: Log;
}

export function createAuditFile({ path, log }: AuditFileOptions): AuditSink {
  let isFailing = false;
  let lost = 0;
  let retry: NodeJS.Timeout | undefined;
  let stream = open();

  function open(): Writable {
    const opened = createWriteStream(path, { flags: 'a', mode: 0o600 });
    opened.on('error', (error) => {
      // What waited is counted line by line, as each write fails.
      lose(`cannot be written: ${(error as NodeJS.ErrnoException).code ?? error.name}`, 0);
      if (opened !== stream) return;
      retry ??= setTimeout(reopen, RETRY_MS).unref();
    });
    return opened;
  }

  function reopen(): void {
    clearTimeout(retry);
    retry = undefined;
    const before = stream;
    stream = open();
    before.end();
  }

  function lose(reason: string, lines: number): void {
    lost += lines;
    if (isFailing) return;
    isFailing = true;
    log.error('audit.failed', { path, reason, hint: 'lines of the audit log are lost until it can be written again' });
  }

  return {
    write(line) {
      if (stream.destroyed || stream.writableLength > MAX_WAITING_BYTES) {
        lose('is not written as fast as lines come', 1);
        return;
      }
      stream.write(line, (error) => {
        if (error) lost += 1;
        else if (isFailing) {
          isFailing = false;
          log.info('audit.recovered', { path, lost });
        }
      });
    },
    reopen,
    get lost() {
      return lost;
    },
    close() {
      clearTimeout(retry);
      return new Promise((resolve) => {
        if (stream.destroyed) resolve();
        else stream.end(() => resolve()).once('close', () => resolve());
      });
    },
  };
}

/** Standard output, with the same bound. */
export function createAuditOutput(output: Writable, log: Log): AuditSink {
  let lost = 0;
  return {
    write(line) {
      if (output.writableLength <= MAX_WAITING_BYTES) {
        output.write(line);
        return;
      }
      if (lost === 0) log.error('audit.failed', { reason: 'standard output is not read as fast as lines come' });
      lost += 1;
    },
    reopen() {},
    get lost() {
      return lost;
    },
    async close() {},
  };
}
