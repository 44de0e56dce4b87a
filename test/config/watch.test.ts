// Files are looked at, not listened to: a rename, a link that leads elsewhere and a file that was away all count.

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it, onTestFinished, vi } from 'vitest';
import { readFileStamp } from '../../src/config/file-stamp.ts';
import { type FileWatch, watchFiles } from '../../src/config/watch.ts';

let watch: FileWatch | undefined;
afterEach(() => watch?.close());

function start(names: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const onChange = vi.fn();
  watch = watchFiles(onChange);
  const paths = names.map((name) => join(folder, name));
  const follow = () => watch?.follow(new Map(paths.map((path) => [path, readFileStamp(path)])));
  return { folder, paths, follow, onChange, path: (name: string) => join(folder, name) };
}
const called = (onChange: ReturnType<typeof vi.fn>, times: number) => vi.waitUntil(() => onChange.mock.calls.length === times, 3000);

describe('watchFiles', () => {
  it.each([
    ['is written to', (file: string) => writeFileSync(file, 'two')],
    [
      'has another in its place',
      (file: string) => {
        writeFileSync(`${file}~`, 'one');
        renameSync(`${file}~`, file);
      },
    ],
    ['is gone', (file: string) => unlinkSync(file)],
  ])('tells of a file that %s, once', async (_name, change) => {
    const { path, follow, onChange } = start(['a']);
    writeFileSync(path('a'), 'one');
    follow();
    change(path('a'));
    await called(onChange, 1);
  });

  it('tells of what has changed between the reading of a file and the watch of it', async () => {
    const { paths, path, onChange } = start(['a']);
    writeFileSync(path('a'), 'one');
    const stamps = new Map(paths.map((each) => [each, readFileStamp(each)]));
    writeFileSync(path('a'), 'other');
    watch?.follow(stamps);
    await called(onChange, 1);
  });

  it('tells of a file behind a link to a folder that leads elsewhere, as Kubernetes does it', async () => {
    const { path, follow, onChange } = start(['..data/a']);
    for (const folder of ['v1', 'v2']) {
      mkdirSync(path(folder));
      writeFileSync(join(path(folder), 'a'), 'same text');
    }
    symlinkSync('v1', path('..data'));
    follow();
    symlinkSync('v2', path('..data_tmp'));
    renameSync(path('..data_tmp'), path('..data'));
    await called(onChange, 1);
  });

  it('tells nothing of files that stay as they are, nor a second time of one change', async () => {
    const { path, follow, onChange } = start(['a', 'b']);
    writeFileSync(path('a'), 'one');
    follow();
    writeFileSync(path('b'), 'new');
    await called(onChange, 1);
    // A change after it is the next call: none came in between.
    writeFileSync(path('a'), 'two');
    await called(onChange, 2);
  });
});
