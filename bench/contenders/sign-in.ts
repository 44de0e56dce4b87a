// Sessions for the benchmark, by the front door: a ticket of the host application for each person.

import { createHmac, randomUUID } from 'node:crypto';
import { Connection, requestText } from '../load/connection.ts';
import { GROUP, HOST_PAGE } from './framegate-config.ts';

const CONNECTIONS = 16;

export interface SignInInput {
  readonly port: number;
  readonly ticketSecret: string;
  /** How many people, each with a login and a session of their own. */
  readonly count: number;
}

/** @returns one Cookie header value per person. @throws {Error} when one is not let in. */
export async function signInMany({ port, ticketSecret, count }: SignInInput): Promise<string[]> {
  const cookies: string[] = [];
  let next = 0;

  async function signInSome(): Promise<void> {
    let connection = await Connection.open(port);
    for (let index = next++; index < count; index = next++) {
      const ticket = signTicket(`viewer-${index}`, `http://localhost:${port}`, ticketSecret);
      const { cookie, isLast } = await enter(connection, port, ticket);
      cookies[index] = cookie;
      if (!isLast) continue;
      connection.close();
      connection = await Connection.open(port);
    }
    connection.close();
  }

  await Promise.all(Array.from({ length: Math.min(CONNECTIONS, count) }, signInSome));
  return cookies;
}

/** `isLast`: the gate takes no more on this connection. */
async function enter(connection: Connection, port: number, ticket: string): Promise<{ cookie: string; isLast: boolean }> {
  const headers = {
    Host: `localhost:${port}`,
    Accept: 'application/json',
    Origin: HOST_PAGE,
    'Sec-Fetch-Site': 'cross-site',
    'Content-Type': 'application/x-www-form-urlencoded',
  };
  const { status, head, isLast } = await connection.exchange(requestText('POST /_gate/enter', headers, `ticket=${ticket}&to=%2F`));
  const cookie = /^set-cookie: (__Host-framegate=[^;\r]+)/im.exec(head)?.[1];
  if (cookie === undefined) throw new Error(`framegate gives no session: status ${status}`);
  return { cookie, isLast };
}

/** HS256 by hand: a hundred thousand tickets should cost the benchmark little. */
function signTicket(subject: string, audience: string, secret: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: HOST_PAGE,
    aud: audience,
    sub: subject,
    iat: now,
    exp: now + 30,
    jti: randomUUID(),
    name: 'A Viewer',
    email: `${subject}@bench.example`,
    groups: [GROUP],
  };
  const signed = `${encode({ alg: 'HS256', typ: 'framegate-ticket+jwt' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
