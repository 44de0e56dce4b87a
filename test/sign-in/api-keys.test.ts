import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ApiKeyConfig, formatApiKey, hashApiKey } from '../../src/config/api-key.ts';
import { FramegateError } from '../../src/kernel/errors.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { createApiKeys, presentsApiKey } from '../../src/sign-in/api-keys.ts';
import { createManualClock } from './kit.ts';

const KEY = formatApiKey('kiosk', randomBytes(32));
const NOW_MS = 1_800_000_000_000;

const requestOf = (authorization: string | undefined): IncomingMessage => ({ headers: { authorization } }) as IncomingMessage;

function setUp(changes: Partial<ApiKeyConfig> = {}) {
  const clock = createManualClock(NOW_MS);
  const ended: string[] = [];
  const config: ApiKeyConfig = {
    id: 'kiosk',
    hash: hashApiKey(KEY),
    login: 'kiosk',
    groups: [],
    expiresAtMs: undefined,
    scope: undefined,
    disabled: false,
    ...changes,
  };
  const keys = createApiKeys({
    file: { path: join(tmpdir(), `framegate-none-${process.pid}.yaml`), keys: [config] },
    reload: () => undefined,
    admit: (identity) => identity,
    refusals: { secondsLocked: async () => undefined, count: async () => undefined, takeBack: async () => {} },
    clock,
    log: silentLog,
    onEnd: (id) => ended.push(id),
  });
  onTestFinished(() => keys.close());
  const reasonOf = (authorization: string): string | undefined => {
    try {
      keys.read(requestOf(authorization));
    } catch (error) {
      if (error instanceof FramegateError) return error.reason;
    }
    return undefined;
  };
  return { keys, clock, ended, reasonOf };
}

describe('an API key', () => {
  it('is an account of its own, by its id, and the same object each time', () => {
    const { keys } = setUp({ scope: { may: ['view'] } });
    const first = keys.read(requestOf(`Bearer ${KEY}`));
    expect(first).toMatchObject({
      id: 'kiosk',
      identity: { issuer: 'api-key', subject: 'kiosk', login: 'kiosk' },
      narrowing: { may: ['view'] },
    });
    expect(keys.read(requestOf(`Bearer ${KEY}`))).toBe(first);
  });

  it.each([undefined, '', 'Bearer', 'Bearer x', `Basic ${KEY}`, KEY, `Bearer${KEY}`])('is not in Authorization: %j', (authorization) => {
    expect(setUp().keys.read(requestOf(authorization))).toBeUndefined();
    expect(presentsApiKey(requestOf(authorization))).toBe(false);
  });

  it('says in the log alone why it is refused', () => {
    expect(setUp().reasonOf('Bearer fg_kiosk')).toBe('key-form');
    expect(setUp().reasonOf(`Bearer ${formatApiKey('other', randomBytes(32))}`)).toBe('key-unknown');
    expect(setUp().reasonOf(`Bearer ${formatApiKey('kiosk', randomBytes(32))}`)).toBe('key-wrong');
    expect(setUp({ disabled: true }).reasonOf(`Bearer ${KEY}`)).toBe('key-disabled');
    expect(setUp({ expiresAtMs: NOW_MS }).reasonOf(`Bearer ${KEY}`)).toBe('key-expired');
  });

  it('a wrong key of a disabled or expired id tells nothing of it', () => {
    const wrong = `Bearer ${formatApiKey('kiosk', randomBytes(32))}`;
    expect(setUp({ disabled: true }).reasonOf(wrong)).toBe('key-wrong');
    expect(setUp({ expiresAtMs: NOW_MS }).reasonOf(wrong)).toBe('key-wrong');
  });

  it('SEC-B8.3 is good until its end, and what it has open is told to end once, within 2 s', async () => {
    const { clock, ended, reasonOf } = setUp({ expiresAtMs: NOW_MS + 1000 });
    clock.advance(999);
    expect(reasonOf(`Bearer ${KEY}`)).toBeUndefined();
    clock.advance(1);
    expect(reasonOf(`Bearer ${KEY}`)).toBe('key-expired');
    await expect.poll(() => ended, { timeout: 2000, interval: 20 }).toEqual(['kiosk']);
  });
});
