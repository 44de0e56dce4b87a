import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, onTestFinished } from 'vitest';
import { silentLog } from '../../src/kernel/log.ts';
import { createSqliteStore } from '../../src/state/sqlite-store.ts';
import { type Bench, describeStateStore } from './contract.ts';

describe('the SQLite store', () => {
  describeStateStore(async (): Promise<Bench> => {
    const folder = mkdtempSync(join(tmpdir(), 'framegate-sqlite-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
    const create = () => createSqliteStore({ file: join(folder, 'state.db'), clock, log: silentLog });
    return {
      stores: [create(), create()],
      now: clock.now,
      pass(ms) {
        clock.nowMs += ms;
      },
    };
  });
});
