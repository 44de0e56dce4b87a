// A sign-in whose body is on its way while the gate reads another configuration.

import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RawAnswer, RawConnection } from '../support/raw-client.ts';
import { HOST_PAGE, useGate } from '../support/start-gate.ts';

const gate = useGate({ fromFile: true, anonymous: true });

/** All but the last byte of a hand-off. @returns what sends that. */
async function beginHandOff(login: string): Promise<() => Promise<RawAnswer>> {
  const body = new URLSearchParams({ to: '/', ticket: await gate.signTicket(login, ['operators']) }).toString();
  const connection = await RawConnection.open(gate.port);
  const headers = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`, 'Expect: 100-continue'];
  connection.write(gate.text('POST /_gate/enter', headers, body).slice(0, -1));
  await connection.waitFor('100 Continue');
  return () => {
    connection.write(body.slice(-1));
    return connection.answer('POST');
  };
}

describe('A sign-in that is under way at a reload', () => {
  it('is judged by no key that the reload took away', async () => {
    const finish = await beginHandOff('ann');
    const { publicKey } = generateKeyPairSync('ed25519');
    const publicKeyFile = join(gate.folder, 'next.pem');
    await writeFile(publicKeyFile, publicKey.export({ type: 'spki', format: 'pem' }));
    await gate.rewrite({ signIn: { tickets: [{ issuer: HOST_PAGE, publicKeyFile }] } });
    expect(await gate.reload()).toBe(true);
    const answer = await finish();
    expect(answer.status, answer.body).toBe(503);
    expect(answer.header('set-cookie')).toBeUndefined();
  });

  it('goes through the next time', async () => {
    await gate.rewrite({});
    expect(await gate.reload()).toBe(true);
    const finish = await beginHandOff('bob');
    const answer = await finish();
    expect(answer.status).toBe(303);
    expect(answer.header('set-cookie')).toContain('__Host-framegate=');
  });
});
