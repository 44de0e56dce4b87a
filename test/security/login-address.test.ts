// Guessing passwords from "many" addresses by writing a new X-Forwarded-For into each request (SEC-H8): wrong guesses
// are counted on the address of the socket.

import { describe, expect, it } from 'vitest';
import { PASSWORD, type Sent, useGate } from '../support/start-gate.ts';

const gate = useGate({ config: { limits: { loginsPerAddress: '3 per 15m' } }, anonymous: true });

/** Opens the sign-in page and posts its form with the hidden fields and cookies that it came with. */
async function tryPassword(username: string, password: string, headers: readonly string[] = []): Promise<Sent> {
  const page = await gate.send('GET /_gate/login', ['Accept: text/html', ...headers]);
  const cookies = page.all('set-cookie').map((line) => line.split(';')[0]);
  const hidden = [...page.body.matchAll(/<input[^>]*type="?hidden"?[^>]*>/g)].map(([tag]): [string, string] => [
    /name="([^"]*)"/.exec(tag)?.[1] ?? '',
    /value="([^"]*)"/.exec(tag)?.[1] ?? '',
  ]);
  const body = new URLSearchParams([...hidden, ['username', username], ['password', password]]).toString();
  const own = ['Content-Type: application/x-www-form-urlencoded', gate.ownOrigin, `Cookie: ${cookies.join('; ')}`];
  return gate.send('POST /_gate/login', [...own, ...headers], body);
}

describe('SEC-H8 the address of an untrusted peer', () => {
  it('SEC-H8 a new X-Forwarded-For for each guess does not give new guesses; the right password works before and is limited after', async () => {
    const good = await tryPassword('pat', PASSWORD);
    expect(good.status).toBe(303);
    expect(good.all('set-cookie').some((line) => line.startsWith('__Host-framegate='))).toBe(true);
    const statuses: number[] = [];
    for (let guess = 0; guess < 5; guess += 1) {
      const address = `203.0.113.${guess}`;
      const headers = [`X-Forwarded-For: ${address}`, `X-Real-IP: ${address}`, `Forwarded: for=${address}`];
      statuses.push((await tryPassword(`nobody${guess}`, 'wrong wrong wrong', headers)).status);
    }
    expect(statuses.slice(0, 3)).toEqual([401, 401, 401]);
    expect(statuses.slice(3)).toEqual([429, 429]);
    const limited = await tryPassword('pia', 'wrong wrong wrong', ['X-Forwarded-For: 198.51.100.7']);
    expect(limited.status).toBe(429);
    expect(Number(limited.header('retry-after'))).toBeGreaterThan(0);
  });
});
