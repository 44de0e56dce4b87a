import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { apiKeyId, formatApiKey, hashApiKey } from '../../src/config/api-key.ts';
import { check, type Found, makeFolder } from './base-config.ts';

const KEY = formatApiKey('kiosk-1', randomBytes(32));
const hash = `sha256:${hashApiKey(KEY).toString('hex')}`;
const entry = (fields: object = {}): object => ({ id: 'kiosk-1', hash, login: 'kiosk', expires: '2099-12-31', ...fields });

function checkKeys(content: unknown, changes: object = {}): Found {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return check({ signIn: { apiKeysFile: 'keys.yaml' }, ...changes }, { cwd: makeFolder({ 'keys.yaml': text }) });
}
const one = (fields: object, changes: object = {}): Found => checkKeys({ keys: [entry(fields)] }, changes);

describe('an API key', () => {
  it('names its id, and its secret has 256 bits', () => {
    expect(KEY).toMatch(/^fg_kiosk-1_[A-Za-z0-9_-]{43}$/);
    expect(apiKeyId(KEY)).toBe('kiosk-1');
    expect(apiKeyId(formatApiKey('a', Buffer.alloc(32, 0xff)))).toBe('a');
  });

  it.each([
    '',
    'fg_',
    'fg_a_short',
    `${KEY}x`,
    KEY.slice(0, -1),
    KEY.toUpperCase(),
    ` ${KEY}`,
    KEY.replace('kiosk-1', '__proto__'),
    'fg__x',
  ])('is not %j', (text) => {
    expect(apiKeyId(text)).toBeUndefined();
  });
});

describe('the keys file', () => {
  it('is a way to sign in: the service needs no other', () => {
    const cwd = makeFolder({ 'keys.yaml': JSON.stringify({ keys: [entry()] }) });
    expect(check({ signIn: { apiKeysFile: 'keys.yaml' } }, { cwd, service: true }).problems).toEqual([]);
  });

  it('keeps hashes only', () => {
    const { config, problems, warnings } = one({ groups: ['screens'], scope: { upstreams: ['grafana'] }, note: 'hall 3' });
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(config?.signIn.apiKeys?.keys).toEqual([
      {
        id: 'kiosk-1',
        hash: hashApiKey(KEY),
        login: 'kiosk',
        groups: ['screens'],
        expiresAtMs: Date.UTC(2100, 0, 1),
        scope: { upstreams: ['grafana'] },
        disabled: false,
      },
    ]);
  });

  it.each([
    { expires: '2027-01-31', is: Date.UTC(2027, 1, 1) },
    { expires: '2027-01-31T12:00:00Z', is: Date.UTC(2027, 0, 31, 12) },
    { expires: '2027-01-31T12:00:00+02:00', is: Date.UTC(2027, 0, 31, 10) },
  ])('reads $expires as the end of that day, or as that moment', ({ expires, is }) => {
    expect(one({ expires }).config?.signIn.apiKeys?.keys[0]?.expiresAtMs).toBe(is);
  });

  it('warns of a key without an end', () => {
    const { warnings, problems } = one({ expires: undefined });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^keys\.yaml keys\[0\]\.expires: is missing, so the key is good for ever/)]);
  });

  it.each([
    { name: 'the key itself in place of its hash', fields: { hash: KEY }, says: /keys\[0\]\.hash: is not a hash/ },
    { name: 'another hash', fields: { hash: `md5:${'0'.repeat(32)}` }, says: /keys\[0\]\.hash: is not a hash/ },
    { name: 'an id with an underscore', fields: { id: 'a_b' }, says: /keys\[0\]\.id: is not an id/ },
    { name: 'SEC-B19.1 the id __proto__', fields: { id: '__proto__' }, says: /keys\[0\]\.id: is not an id/ },
    {
      name: 'SEC-F4 a login that cannot be forwarded',
      fields: { login: 'x <admin@localhost>' },
      says: /keys\[0\]\.login: cannot be a login/,
    },
    { name: 'a built-in administrator', fields: { login: 'Admin' }, says: /keys\[0\]\.login: is a built-in administrator/ },
    { name: 'a day that is none', fields: { expires: '2027-02-30' }, says: /keys\[0\]\.expires: is not a time/ },
    { name: 'a time without its zone', fields: { expires: '2027-02-20T12:00:00' }, says: /keys\[0\]\.expires: is not a time/ },
    { name: 'an hour that is none', fields: { expires: '2027-02-20T25:00:00Z' }, says: /keys\[0\]\.expires: is not a time/ },
    {
      name: 'an upstream that is none',
      fields: { scope: { upstreams: ['graphana'] } },
      says: /keys\[0\]\.scope\.upstreams: names no upstream/,
    },
    { name: 'SEC-J6 an empty list, which would say nothing', fields: { scope: { dashboards: [] } }, says: /keys\[0\]\.scope\.dashboards/ },
    { name: 'SEC-J6 a capability that is none', fields: { scope: { may: ['veiw'] } }, says: /keys\[0\]\.scope\.may\[0\]/ },
    { name: 'SEC-J6 a mistyped scope', fields: { scope: { dashboard: ['x'] } }, says: /Did you mean "dashboards"/ },
    { name: 'SEC-H13 a group with a comma', fields: { groups: ['a,admins'] }, says: /keys\[0\]\.groups\[0\]: is not a group name/ },
  ])('refuses $name, and prints neither key nor hash', ({ fields, says }) => {
    const { problems } = one(fields);
    expect(problems).toEqual([expect.stringMatching(says)]);
    expect(problems.join()).not.toContain(KEY.slice(12));
    expect(problems.join()).not.toContain(hash.slice(7));
  });

  it('refuses an id twice', () => {
    expect(checkKeys({ keys: [entry(), entry()] }).problems).toEqual([expect.stringContaining('keys[1].id: is the id of an earlier key')]);
  });

  it('lets an administrator pass whom a rule names', () => {
    const access = { rules: [{ name: 'r', who: { users: ['admin'] }, may: ['everything'] }] };
    expect(one({ login: 'admin' }, { access }).problems).toEqual([]);
  });

  it.each(['', 'keys', '[]', 'keys: {}', '{'])('refuses the file %j', (text) => {
    expect(checkKeys(text).problems).not.toEqual([]);
  });
});
