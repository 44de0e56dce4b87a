// The file of the audit log: who may read it, rotation, and a disk that does not take it.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAuditFile, createAuditOutput } from '../../src/observe/audit-file.ts';
import { createRecord } from '../service/kit.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

describe('createAuditFile', () => {
  it('appends lines to a file that nobody else may read', async () => {
    const path = join(makeFolder(), 'audit.log');
    for (const line of ['one\n', 'two\n']) {
      const file = createAuditFile({ path, log: createRecord().log });
      file.write(line);
      await file.close();
    }
    expect(textOf(path)).toBe('one\ntwo\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('opens the file anew by its name, and loses no line on the way', async () => {
    const path = join(makeFolder(), 'audit.log');
    const file = createAuditFile({ path, log: createRecord().log });
    file.write('before\n');
    await vi.waitUntil(() => textOf(path) !== '');
    renameSync(path, `${path}.1`);
    file.write('still\n');
    file.reopen();
    file.write('after\n');
    await file.close();
    await vi.waitUntil(() => textOf(`${path}.1`) === 'before\nstill\n');
    expect(textOf(path)).toBe('after\n');
  });

  it('says once that it cannot write, counts what is lost, and says when it can again', async () => {
    const folder = makeFolder();
    const path = join(folder, 'missing', 'audit.log');
    const { log, logged } = createRecord();
    const file = createAuditFile({ path, log });
    for (let count = 0; count < 5; count += 1) file.write('lost\n');
    await vi.waitUntil(() => logged.length > 0 && file.lost >= 5);
    expect(logged.map(({ event }) => event)).toEqual(['audit.failed']);
    mkdirSync(join(folder, 'missing'));
    file.reopen();
    file.write('kept\n');
    await vi.waitUntil(() => logged.length > 1);
    expect(logged.at(-1)).toMatchObject({ event: 'audit.recovered', fields: { lost: 5 } });
    await file.close();
    expect(textOf(path)).toBe('kept\n');
  });
});

describe('createAuditOutput', () => {
  it('holds no more than 8 MiB for a reader that is too slow', () => {
    const output = new PassThrough({ highWaterMark: 1 });
    const { log, logged } = createRecord();
    const sink = createAuditOutput(output, log);
    const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
    for (let count = 0; count < 20; count += 1) sink.write(line);
    expect(output.writableLength).toBeLessThanOrEqual(10 * 1024 * 1024);
    expect(sink.lost).toBeGreaterThan(5);
    expect(logged.map(({ event }) => event)).toEqual(['audit.failed']);
  });
});
