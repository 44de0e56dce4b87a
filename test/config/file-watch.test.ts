import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readFileStamp } from '../../src/config/file-stamp.ts';
import { type FileWatch, watchOneFile } from '../../src/config/file-watch.ts';
import { makeFolder } from './base-config.ts';

interface Watched {
  readonly watch: FileWatch;
  /** What the file held each time that it was read; undefined: it was gone. */
  readonly reads: (string | undefined)[];
}

function watchFile(path: string): Watched {
  const reads: (string | undefined)[] = [];
  const read = (): string | undefined => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  };
  const onChange = () => void reads.push(read());
  const watch = watchOneFile({ path, seen: readFileStamp(path), onChange, onError: () => {} });
  onTestFinished(() => watch.close());
  return { watch, reads };
}

const inTime = { timeout: 2000, interval: 20 };

describe('watchOneFile', () => {
  it('SEC-B8.3 tells of a change within 2 s, once', async () => {
    const path = join(makeFolder({ a: 'one' }), 'a');
    const { watch, reads } = watchFile(path);
    writeFileSync(path, 'two');
    await expect.poll(() => reads, inTime).toEqual(['two']);
    await watch.readNow();
    expect(reads).toEqual(['two', 'two']);
  });

  it('notices a file that another is moved over, with the same size and time', async () => {
    const folder = makeFolder({ a: 'one', b: 'two' });
    const path = join(folder, 'a');
    const { mtime } = statSync(path);
    const { reads } = watchFile(path);
    utimesSync(join(folder, 'b'), mtime, mtime);
    renameSync(join(folder, 'b'), path);
    await expect.poll(() => reads, inTime).toEqual(['two']);
  });

  it('notices a link that is moved, as Kubernetes replaces a mounted secret', async () => {
    const folder = makeFolder();
    for (const [name, content] of [
      ['first', 'one'],
      ['second', 'two'],
    ] as const) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'users.yaml'), content);
    }
    symlinkSync('first', join(folder, '..data'));
    symlinkSync(join('..data', 'users.yaml'), join(folder, 'users.yaml'));
    const { reads } = watchFile(join(folder, 'users.yaml'));
    symlinkSync('second', join(folder, '..new'));
    renameSync(join(folder, '..new'), join(folder, '..data'));
    await expect.poll(() => reads, inTime).toEqual(['two']);
  });

  it('waits for a writer: no half of a file is read', async () => {
    const path = join(makeFolder({ a: 'old' }), 'a');
    const { watch, reads } = watchFile(path);
    writeFileSync(path, 'line 1\n');
    const done = watch.readNow();
    for (let line = 2; line <= 6; line += 1) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      appendFileSync(path, `line ${line}\n`);
    }
    await done;
    expect(reads).toEqual([expect.stringContaining('line 6')]);
  });

  it('tells that a file is gone, and that it is back', async () => {
    const path = join(makeFolder({ a: 'one' }), 'a');
    const { reads } = watchFile(path);
    rmSync(path);
    await expect.poll(() => reads, inTime).toEqual([undefined]);
    writeFileSync(path, 'again');
    await expect.poll(() => reads, inTime).toEqual([undefined, 'again']);
  });

  it('goes on after a failure, which it tells', async () => {
    const path = join(makeFolder({ a: 'one' }), 'a');
    const errors: unknown[] = [];
    let calls = 0;
    const watch = watchOneFile({
      path,
      onChange() {
        calls += 1;
        throw new Error('not now');
      },
      onError: (error) => errors.push(error),
    });
    onTestFinished(() => watch.close());
    await watch.readNow();
    await watch.readNow();
    expect([calls, errors.length]).toEqual([2, 2]);
  });
});
