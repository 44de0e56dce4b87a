// The host application signs its own people in, and hands out tickets for them alone.

import { createLocalJWKSet, jwtVerify } from 'jose';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningHostApp } from '../../examples/demo/host-app/host-app.ts';
import { startHostApp } from '../../examples/demo/host-app/host-app.ts';

const PUBLIC_URL = 'http://localhost:8001';
const GATE_URL = 'http://localhost:8000';
const alice = {
  name: 'alice',
  password: 'right',
  displayName: 'Alice "A" <Berg>',
  job: 'Shift lead',
  email: 'alice@acme.example',
  groups: ['operators'],
};
const ownPage = { 'Sec-Fetch-Site': 'same-origin' };

let app: RunningHostApp;
beforeAll(async () => {
  app = await startHostApp({
    port: 0,
    host: '127.0.0.1',
    publicUrl: PUBLIC_URL,
    gateUrl: GATE_URL,
    people: [alice],
    plants: [{ id: 'a', label: 'Plant A', dashboardUrl: `${GATE_URL}/d/a` }],
  });
});
afterAll(() => app.close());

async function signIn(): Promise<ReturnType<typeof supertest.agent>> {
  const browser = supertest.agent(app.url);
  await browser.post('/sign-in').set(ownPage).type('form').send({ name: 'alice', password: 'right' }).expect(303).expect('Location', '/');
  return browser;
}

describe('the host application', () => {
  it('shows a stranger its sign-in page and gives them no ticket', async () => {
    await supertest(app.url).get('/').expect(302).expect('Location', '/sign-in');
    await supertest(app.url).post('/framegate-ticket').set(ownPage).expect(401);
  });

  it.each([
    { name: 'a wrong password', form: { name: 'alice', password: 'wrong' } },
    { name: 'an unknown name', form: { name: 'mallory', password: 'right' } },
    { name: 'no password', form: { name: 'alice' } },
    { name: 'a name of Object.prototype', form: { name: '__proto__', password: 'right' } },
  ])('refuses $name', async ({ form }) => {
    const answer = await supertest(app.url).post('/sign-in').set(ownPage).type('form').send(form).expect(401);
    expect(answer.text).toContain('The name or the password is wrong.');
  });

  it('embeds the dashboard for a person who is signed in, and escapes what it writes', async () => {
    const answer = await (await signIn()).get('/').expect(200);
    expect(answer.text).toContain(`src="${GATE_URL}/_gate/embed.js"`);
    expect(answer.text).toContain(`data-url="${GATE_URL}/d/a"`);
    expect(answer.text).toContain('Alice &quot;A&quot; &lt;Berg&gt;');
  });

  it('signs a ticket for the viewer of its own session, to be checked with its published key (SEC-C14)', async () => {
    const browser = await signIn();
    const { body } = await browser.post('/framegate-ticket').set(ownPage).expect(200).expect('Cache-Control', 'no-store');
    const keys = (await supertest(app.url).get('/.well-known/jwks.json').expect(200)).body as Parameters<typeof createLocalJWKSet>[0];
    expect(JSON.stringify(keys)).not.toContain('"d":');
    const { payload, protectedHeader } = await jwtVerify((body as { ticket: string }).ticket, createLocalJWKSet(keys), {
      issuer: PUBLIC_URL,
      audience: GATE_URL,
      typ: 'framegate-ticket+jwt',
    });
    expect(protectedHeader.alg).toBe('EdDSA');
    expect(payload).toMatchObject({ sub: 'alice', name: alice.displayName, email: alice.email, groups: ['operators'] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(120);
  });

  it.each([
    { name: 'another site', headers: { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.example' } },
    { name: 'the gate, which is of the same site', headers: { 'Sec-Fetch-Site': 'same-site', Origin: GATE_URL } },
    { name: 'nobody knows where', headers: {} },
    { name: 'an old browser on another site', headers: { Origin: 'http://evil.example' } },
  ])('gives no ticket to a page of $name', async ({ headers }) => {
    await (await signIn()).post('/framegate-ticket').set(headers).expect(403);
  });

  it('gives a ticket to its own page in a browser without Fetch Metadata', async () => {
    await (await signIn()).post('/framegate-ticket').set({ Origin: PUBLIC_URL }).expect(200);
  });

  it("sends helmet's headers, and a policy that lets the gate in and nobody else", async () => {
    const { headers } = await supertest(app.url).get('/sign-in').expect(200);
    expect(headers['referrer-policy']).toBe('no-referrer');
    const policy = new Map(
      String(headers['content-security-policy'])
        .split(';')
        .map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]),
    );
    expect(policy.get('script-src')).toBe(`'self' ${GATE_URL}`);
    expect(policy.get('frame-src')).toBe(GATE_URL);
    expect(policy.get('form-action')).toBe(`'self' ${GATE_URL}`);
    expect(policy.get('frame-ancestors')).toBe("'self'");
  });

  it('gives no ticket after signing out, nor to the session before sign-in', async () => {
    const browser = await signIn();
    await browser.post('/sign-out').set(ownPage).expect(303).expect('Location', '/sign-in');
    await browser.post('/framegate-ticket').set(ownPage).expect(401);
  });
});
