// The file of the SQLite store: who may read it, who shares it, and what happens when it cannot be used.

import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StateStore } from '../../src/kernel/state-store.ts';
import { createSqliteStore } from '../../src/state/sqlite-store.ts';
import { type RecordedLog, recordLog } from './record-log.ts';

const UNAVAILABLE = { code: 'FRAMEGATE_STORE_UNAVAILABLE', status: 503 };
const HEALS = { timeout: 5000, interval: 50 };
const PROGRAM = fileURLToPath(new URL('./sqlite-program.ts', import.meta.url));
const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
const later = (): number => clock.now() + 60_000;
const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

function makeFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state.db');
}

function open(file: string, maxPages?: number): { store: StateStore; log: RecordedLog } {
  const log = recordLog();
  const store = createSqliteStore({ file, clock, log, ...(maxPages === undefined ? {} : { maxPages }) });
  onTestFinished(() => store.close());
  return { store, log };
}

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe('the file', () => {
  it.skipIf(process.platform === 'win32')('is for its owner alone, with all that SQLite puts beside it', async () => {
    const file = makeFile();
    await open(file).store.set('v:1', 'one', later());
    for (const each of [file, `${file}-wal`, `${file}-shm`]) expect(modeOf(each), each).toBe('600');
  });

  it.skipIf(process.platform === 'win32')('is made so where it was not', async () => {
    const file = makeFile();
    const first = open(file).store;
    await first.set('v:1', 'one', later());
    await first.close();
    chmodSync(file, 0o644);
    expect(await open(file).store.get('v:1')).toBe('one');
    for (const each of [file, `${file}-wal`]) expect(modeOf(each), each).toBe('600');
  });

  it('keeps what was set over a restart, save what has ended meanwhile', async () => {
    const file = makeFile();
    const first = open(file).store;
    await first.set('v:1', 'one', later());
    await first.set('v:2', 'two', clock.now() + 1000);
    await first.count('c:1', 3, 60_000);
    await first.append('log', 'one', 60_000);
    const { cursor } = await first.read('log');
    await first.close();
    clock.nowMs += 1000;
    const second = open(file).store;
    expect(await second.getMany(['v:1', 'v:2'])).toEqual(['one', undefined]);
    expect((await second.count('c:1', 0, 60_000)).count).toBe(3);
    expect((await second.read('log')).entries).toEqual(['one']);
    expect((await second.read('log', cursor)).entries).toEqual([]);
  });

  it('that replaces another has a log whose old cursors hide nothing', async () => {
    const file = makeFile();
    const first = open(file).store;
    for (const entry of ['one', 'two']) await first.append('log', entry, 60_000);
    const { cursor } = await first.read('log');
    await first.close();
    rmSync(file);
    const second = open(file).store;
    await second.append('log', 'new', 60_000);
    expect((await second.read('log', cursor)).entries).toEqual(['new']);
  });

  it('is shared by processes: of several that add the same keys at once, one adds each', async () => {
    const file = makeFile();
    const outcomes = await Promise.all([1, 2, 3].map(() => run(process.execPath, [PROGRAM, file, 'add', '100'])));
    const added = outcomes.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
    expect(added.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('is freed of what has ended, and of nothing else', async () => {
    const file = makeFile();
    const first = open(file).store;
    for (let index = 0; index < 1001; index++) await first.set(`v:${index}`, '', clock.now() + 1000);
    await first.set('v:lives', '', later());
    await first.count('c:1', 1, 1000);
    await first.append('log', 'old', 1000);
    await first.append('log', 'new', 60_000);
    await first.close();
    clock.nowMs += 1000;
    const { store } = open(file);
    const reader = new DatabaseSync(file, { readOnly: true });
    onTestFinished(() => reader.close());
    const countRows = (table: string): unknown => reader.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows'];
    await expect.poll(() => ['entry', 'counter', 'log'].map(countRows)).toEqual([1, 0, 1]);
    expect(await store.get('v:lives')).toBe('');
    expect((await store.read('log')).entries).toEqual(['new']);
  });

  it('that another process has locked is waited for without holding up this one', async () => {
    const file = makeFile();
    const { store } = open(file);
    await store.set('v:1', 'one', later());
    const rival = new DatabaseSync(file);
    rival.exec('BEGIN IMMEDIATE');
    const written = store.set('v:1', 'two', later());
    // Readers do not wait for a writer.
    expect(await store.get('v:1')).toBe('one');
    rival.exec('COMMIT');
    rival.close();
    await written;
    expect(await store.get('v:1')).toBe('two');
  });

  it('that stays locked is unavailable after about a second, and heals', async () => {
    const file = makeFile();
    const { store, log } = open(file);
    await store.set('v:1', 'one', later());
    const rival = new DatabaseSync(file);
    rival.exec('BEGIN IMMEDIATE');
    await expect(store.set('v:1', 'two', later())).rejects.toMatchObject(UNAVAILABLE);
    expect(log.told('reason')).toEqual(['store.failed locked']);
    expect(await store.get('v:1')).toBe('one');
    rival.exec('COMMIT');
    rival.close();
    await expect.poll(() => store.isUp(), HEALS).toBe(true);
  });
});

describe('a file that cannot be used', () => {
  it.each([
    ['not a database', 'not-a-database', (file: string) => writeFileSync(file, 'a text file. '.repeat(1000))],
    [
      'damaged',
      'corrupt',
      (file: string) => {
        const whole = readFileSync(file);
        whole.fill(0xa5, 200);
        writeFileSync(file, whole);
      },
    ],
    ['in no folder', 'cannot-open', (file: string) => rmSync(join(file, '..'), { recursive: true })],
  ])('because it is %s is told once, crashes nothing, and is opened again when it is gone', async (_name, reason, damage) => {
    const file = makeFile();
    const first = open(file).store;
    for (let index = 0; index < 50; index++) await first.set(`v:${index}`, 'x'.repeat(1000), later());
    await first.close();
    damage(file);
    const { store, log } = open(file);
    for (const call of [() => store.get('v:1'), () => store.take('v:1'), () => store.append('log', '', 1000)]) {
      await expect(call()).rejects.toMatchObject(UNAVAILABLE);
    }
    expect(store.isUp()).toBe(false);
    expect([...new Set(log.told('reason'))]).toEqual([`store.failed ${reason}`]);
    if (!existsSync(join(file, '..'))) return;
    rmSync(file);
    await expect.poll(() => store.isUp(), HEALS).toBe(true);
    expect(await store.add('v:1', 'new', later())).toBe(true);
  });

  it("because it is another application's is left as it is", async () => {
    const file = makeFile();
    const other = new DatabaseSync(file);
    other.exec('CREATE TABLE theirs (a)');
    other.close();
    chmodSync(file, 0o644);
    const before = readFileSync(file);
    const { store, log } = open(file);
    await expect(store.set('v:1', '', later())).rejects.toMatchObject({ ...UNAVAILABLE, reason: 'sqlite-foreign-file' });
    expect(log.told('reason')).toEqual(['store.failed foreign-file']);
    await store.close();
    expect(readFileSync(file).equals(before)).toBe(true);
    if (process.platform !== 'win32') expect(modeOf(file)).toBe('644');
  });

  it('because it is read-only is still read', async () => {
    const file = makeFile();
    const first = open(file).store;
    await first.set('v:first', 'one', Date.now() + 60_000);
    await first.close();
    chmodSync(file, 0o400);
    // Nothing is read-only to root with all its capabilities.
    const command = [process.execPath, PROGRAM, file, 'fill'];
    const limited = isRoot ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--', ...command] : command;
    const { stdout } = await run(limited[0] ?? '', limited.slice(1));
    expect(JSON.parse(stdout)).toEqual({
      first: 'one',
      failure: 'FRAMEGATE_STORE_UNAVAILABLE',
      after: 'one',
      up: false,
      told: ['store.failed read-only'],
    });
  });

  it('because the disk takes no more is still read, and keeps what it has', async () => {
    const file = makeFile();
    const first = open(file).store;
    await first.set('v:first', 'one', Date.now() + 60_000);
    await first.close();
    // No file of this process may be longer than 256 blocks of 1024 bytes.
    const { stdout } = await run('bash', ['-c', 'ulimit -f 256 && exec "$@"', 'bash', process.execPath, PROGRAM, file, 'fill']);
    expect(JSON.parse(stdout)).toEqual({
      first: 'one',
      failure: 'FRAMEGATE_STORE_UNAVAILABLE',
      after: 'one',
      up: false,
      told: ['store.failed input-output'],
    });
    expect(await open(file).store.get('v:first')).toBe('one');
  });

  it('because it is as large as it may be takes nothing more until something ends', async () => {
    const { store, log } = open(makeFile(), 40);
    const busy = { code: 'FRAMEGATE_BUSY', reason: 'store-full' };
    const fill = async (): Promise<void> => {
      for (let index = 0; index < 1000; index++) await store.set(`v:${index}`, 'x'.repeat(1000), clock.now() + 1000);
    };
    await expect(fill()).rejects.toMatchObject(busy);
    await expect(store.append('log', 'x'.repeat(10_000), 1000)).rejects.toMatchObject(busy);
    expect(await store.get('v:0')).toBe('x'.repeat(1000));
    expect(await store.take('v:0')).toBe('x'.repeat(1000));
    expect(store.isUp()).toBe(true);
    expect(log.lines).toEqual([]);
  });
});
