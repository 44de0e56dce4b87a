// Bodies of own routes: two media types, small, flat, once each.

import express from 'express';
import { describe, expect, it } from 'vitest';
import type { Answer } from './own-routes-kit.ts';
import { FORM, JSON_BODY, readCookies, SAME_ORIGIN, startKit, WANTS_JSON } from './own-routes-kit.ts';

const kit = startKit();
// A host application that parses every body before it calls us.
const parsed = startKit({ before: [express.json(), express.urlencoded({ extended: true })] });

interface Login {
  readonly headers?: Record<string, string>;
  readonly body: string | Buffer;
}

async function post(where: typeof kit, { headers = {}, body }: Login): Promise<Answer> {
  return where.ask({ method: 'POST', path: '/_gate/login', headers: { ...SAME_ORIGIN, ...headers }, body });
}

async function signInWith(where: typeof kit, type: 'form' | 'json'): Promise<Answer> {
  const page = await where.ask({ path: '/_gate/login', headers: WANTS_JSON });
  const fields = { csrf: JSON.parse(page.text).csrf as string, username: 'alice', password: 'right' };
  const body = type === 'form' ? new URLSearchParams(fields).toString() : JSON.stringify(fields);
  const headers = { ...(type === 'form' ? FORM : JSON_BODY), Cookie: readCookies(page) };
  return post(where, { headers, body });
}

describe('a body', () => {
  it.each(['form', 'json'] as const)('is read as %s', async (type) => {
    expect((await signInWith(kit, type)).status).toBe(type === 'form' ? 303 : 200);
  });

  it.each([
    { id: 'SEC-B7.1', name: 'JSON above 10 KB', headers: JSON_BODY, body: JSON.stringify({ username: 'x'.repeat(10_300) }), status: 413 },
    { id: 'SEC-B7.1', name: 'a form above 10 KB', headers: FORM, body: `username=${'x'.repeat(10_300)}`, status: 413 },
    { id: 'SEC-B7.1', name: 'a form of 900 KB', headers: FORM, body: Buffer.alloc(900_000, 'x'), status: 413 },
    { id: 'SEC-B7.2', name: 'text/plain', headers: { 'Content-Type': 'text/plain' }, body: '{"username":"a"}', status: 415 },
    { id: 'SEC-B7.2', name: 'no media type', headers: {}, body: 'username=a', status: 415 },
    { id: 'SEC-B7.2', name: 'another charset', headers: { 'Content-Type': 'application/json; charset=utf-16le' }, body: '{}', status: 415 },
    {
      id: 'SEC-B12.7',
      name: 'JSON that calls itself text',
      headers: { 'Content-Type': 'text/plain;charset=UTF-8' },
      body: '{}',
      status: 415,
    },
    { id: 'SEC-B7.7', name: 'multipart', headers: { 'Content-Type': 'multipart/form-data; boundary=x' }, body: '--x--', status: 415 },
    {
      id: 'SEC-B7.5',
      name: 'a compressed body',
      headers: { ...JSON_BODY, 'Content-Encoding': 'gzip' },
      body: Buffer.from([31, 139]),
      status: 415,
    },
    {
      id: 'SEC-B7.3',
      name: 'JSON nested 10 000 deep',
      headers: JSON_BODY,
      body: `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
      status: 400,
    },
    { id: 'SEC-B7.3', name: 'arrays nested 4 000 deep', headers: JSON_BODY, body: '['.repeat(4000) + ']'.repeat(4000), status: 400 },
    { id: 'SEC-B7.4', name: 'an object for a name', headers: JSON_BODY, body: '{"username":{"$gt":""}}', status: 400 },
    { id: 'SEC-B7.4', name: 'a list for a name', headers: JSON_BODY, body: '{"username":["a"]}', status: 400 },
    { id: 'SEC-B7.4', name: 'a number for a name', headers: JSON_BODY, body: '{"username":7}', status: 400 },
    { id: 'SEC-B19.1', name: '__proto__ in JSON', headers: JSON_BODY, body: '{"__proto__":"x"}', status: 400 },
    { id: 'SEC-B19.1', name: '__proto__ in a form', headers: FORM, body: '__proto__=x', status: 400 },
    { id: 'SEC-B19.1', name: 'constructor in a form', headers: FORM, body: 'constructor=x', status: 400 },
    { id: 'SEC-B6.17', name: 'a repeated field', headers: FORM, body: 'returnTo=a&returnTo=b', status: 400 },
    { id: 'SEC-B6.17', name: 'a field repeated in JSON', headers: JSON_BODY, body: '{"username":"a","username":"b"}', status: 400 },
    {
      id: 'SEC-N4',
      name: 'more fields than a form has',
      headers: FORM,
      body: Array.from({ length: 100 }, (_, index) => `f${index}=x`).join('&'),
      status: 400,
    },
    { id: 'SEC-B7', name: 'broken JSON', headers: JSON_BODY, body: '{"username":', status: 400 },
    { id: 'SEC-B7', name: 'JSON that is a list', headers: JSON_BODY, body: '[]', status: 400 },
    { id: 'SEC-B7', name: 'JSON that is null', headers: JSON_BODY, body: 'null', status: 400 },
    { id: 'SEC-B7', name: 'no JSON at all', headers: JSON_BODY, body: '', status: 400 },
    { id: 'SEC-B7', name: 'a broken escape', headers: FORM, body: 'username=%zz', status: 400 },
    { id: 'SEC-B7', name: 'an escape that is not UTF-8', headers: FORM, body: 'username=%ff', status: 400 },
    { id: 'SEC-B7', name: 'bytes that are not UTF-8', headers: FORM, body: Buffer.from([117, 61, 255]), status: 400 },
  ])('$id gives $status: $name', async ({ headers, body, status }) => {
    const started = performance.now();
    const answer = await post(kit, { headers: headers as Record<string, string>, body });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ status });
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('SEC-B7.3 judges hostile JSON in less than 50 ms', async () => {
    const started = performance.now();
    await post(kit, { headers: JSON_BODY, body: `"${'\\"'.repeat(5000)}` });
    expect(performance.now() - started).toBeLessThan(50);
  });
});

describe('a body that the host application has parsed', () => {
  it.each(['form', 'json'] as const)('is taken from it: %s', async (type) => {
    expect((await signInWith(parsed, type)).status).toBe(type === 'form' ? 303 : 200);
  });

  it.each([
    { name: 'SEC-B7.4 a nested form', headers: FORM, body: 'username[$gt]=', status: 400 },
    { name: 'SEC-B6.17 a repeated field', headers: FORM, body: 'returnTo=a&returnTo=b', status: 400 },
    { name: 'SEC-B7.4 an object in JSON', headers: JSON_BODY, body: '{"username":{"$gt":""}}', status: 400 },
    { name: 'SEC-B7.1 a long one', headers: JSON_BODY, body: JSON.stringify({ username: 'x'.repeat(10_300) }), status: 413 },
    { name: 'SEC-B7.2 another media type', headers: { 'Content-Type': 'text/plain' }, body: 'x', status: 415 },
  ])('is held to the same rules: $name', async ({ headers, body, status }) => {
    expect((await post(parsed, { headers, body })).status).toBe(status);
  });
});
