// What /readyz tells a probe beside its status.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findFreePort } from '../support/start-gate.ts';
import { start } from './kit.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** @returns the text of /readyz, by an instance that keeps its state there. */
async function readyzWith(store: string): Promise<{ status: number; text: string }> {
  const session = { secret: 'a secret of the tests, 32 bytes or longer', store };
  const service = await start({ session });
  closing.unshift(() => service.close());
  const response = await fetch(`${service.adminUrl}/readyz`);
  return { status: response.status, text: await response.text() };
}

describe('/readyz', () => {
  it('says nothing of a store where there is none outside the process', async () => {
    expect(await readyzWith('memory')).toEqual({ status: 200, text: 'ready\nmain: up\n' });
  });

  it('says that a file is there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'framegate-readyz-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    expect(await readyzWith(`sqlite:${join(folder, 'state.db')}`)).toEqual({ status: 200, text: 'ready\nmain: up\nsession.store: up\n' });
  });

  it('says that a server is away, and stays ready: those who are signed in go on', async () => {
    const store = `redis://127.0.0.1:${await findFreePort()}`;
    expect(await readyzWith(store)).toEqual({ status: 200, text: 'ready\nmain: up\nsession.store: down\n' });
  });
});
