// Passwords from a terminal without echo, or from a pipe.

import { UsageError } from './command.ts';

const BACKSPACES = new Set(['\b', '\x7f']);
const ENDS = new Set(['\r', '\n', '\x04']);

/** One line from the terminal; nothing of it is shown. @throws {UsageError} on Ctrl-C. */
export function readHidden(question: string): Promise<string> {
  const { stdin } = process;
  process.stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    const typed: string[] = [];
    const finish = (settle: () => void): void => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      process.stderr.write('\n');
      settle();
    };
    const take = (chunk: string): void => {
      for (const character of chunk) {
        if (ENDS.has(character)) {
          finish(() => resolve(typed.join('')));
          return;
        }
        if (character === '\x03') {
          finish(() => reject(new UsageError('was interrupted')));
          return;
        }
        if (BACKSPACES.has(character)) typed.pop();
        else typed.push(character);
      }
    };
    stdin.on('data', take);
    stdin.resume();
  });
}

/** All of standard input, one line break at its end removed. @throws {UsageError} above `maxBytes` or when it is not UTF-8. */
export async function readPiped(maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new UsageError('was given too much on standard input');
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks)).replace(/\r?\n$/, '');
  } catch {
    throw new UsageError('was given bytes that are not UTF-8');
  }
}
