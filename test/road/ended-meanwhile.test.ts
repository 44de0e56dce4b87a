// A request whose session or rules come to an end while it is being judged: while its body is still on its way.

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { useGate } from '../support/start-gate.ts';

const QUERY = JSON.stringify({ queries: [{ refId: 'A', datasource: { uid: 'prom' } }], from: '1', to: '2' });

const gate = useGate({ fromFile: true, anonymous: true });

/** A query of which all but the last byte has been sent, and the first part read. */
async function beginQuery(login: string): Promise<RawConnection> {
  const headers = [`Cookie: ${await gate.signIn(login, ['operators'])}`, gate.ownOrigin, 'Content-Type: application/json'];
  const connection = await RawConnection.open(gate.port);
  connection.write(gate.text('POST /api/ds/query', [...headers, 'Expect: 100-continue'], QUERY).slice(0, -1));
  await connection.waitFor('100 Continue');
  return connection;
}

async function endQuery(connection: RawConnection): Promise<number> {
  connection.write(QUERY.slice(-1));
  const { status } = await connection.answer('POST');
  return status;
}

async function revoke(login: string): Promise<void> {
  const answer = await fetch(`${gate.adminUrl}/admin/api/revocations`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ login }),
  });
  expect(answer.status).toBe(200);
}

describe('A request whose body is on its way', () => {
  it('SEC-D2.4 reaches no upstream once its session was revoked', async () => {
    const connection = await beginQuery('ann');
    await revoke('ann');
    expect(await endQuery(connection)).toBe(503);
    expect(await gate.upstream.allBytes()).toBe('');
  });

  it('SEC-B8.4 reaches no upstream once a reload took its rule away', async () => {
    const connection = await beginQuery('bob');
    await gate.rewrite({ access: { rules: [{ name: 'others', who: { groups: ['others'] }, may: ['everything'] }] } });
    expect(await gate.reload()).toBe(true);
    expect(await endQuery(connection)).toBe(503);
    expect(await gate.upstream.allBytes()).toBe('');
    await gate.rewrite({});
    expect(await gate.reload()).toBe(true);
  });

  it('goes on while only other people lose something', async () => {
    const connection = await beginQuery('cem');
    await gate.signIn('dora', ['operators']);
    await revoke('dora');
    expect(await endQuery(connection)).toBe(200);
  });
});
