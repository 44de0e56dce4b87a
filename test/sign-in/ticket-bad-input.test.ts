// Tickets that must not let anybody in: SEC-B14, SEC-J1, SEC-J4. Each is signed with the real key unless the row says
// otherwise, so that nothing but the named flaw can refuse it.
import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LIMITS, refusalOf } from './kit.ts';
import { AUDIENCE, from, ISSUER, jwkOf, p256, publicKeyIssuer, rsa, secret, secretIssuer, setUp, signRaw } from './ticket-kit.ts';

const HEADER = '{"alg":"EdDSA","typ":"framegate-ticket+jwt","kid":"k1"}';
const reasonFor = async (ticket: string, kit = setUp()): Promise<string | undefined> => {
  const refusal = await refusalOf(kit.signIn.verify(ticket, from));
  expect(refusal).toMatchObject({ code: 'FRAMEGATE_TICKET_REFUSED', status: 401 });
  return refusal.reason;
};

describe('times', () => {
  it.each([
    { name: 'SEC-B14.2 an exp as long ago as the tolerance', iat: -60, exp: -30, reason: 'expired' },
    { name: 'SEC-B14.4 an iat 31 s ahead', iat: 31, exp: 60, reason: 'not-yet-valid' },
    { name: 'SEC-B14.5 a lifetime of 121 s', iat: 0, exp: 121, reason: 'lifetime' },
    { name: 'SEC-F6 an exp ten years away', iat: 0, exp: 315_360_000, reason: 'lifetime' },
    { name: 'an exp before its iat', iat: 10, exp: 9, reason: 'lifetime' },
    { name: 'an age of more than 120 s and the tolerance', iat: -151, exp: -29, reason: 'expired' },
  ])('refuses $name', async ({ iat, exp, reason }) => {
    const kit = setUp();
    const now = kit.nowSeconds();
    expect(await reasonFor(kit.ticket({ iat: now + iat, exp: now + exp }), kit)).toBe(reason);
  });

  it('SEC-B14.4 refuses an nbf 31 s ahead', async () => {
    const kit = setUp();
    expect(await reasonFor(kit.ticket({ nbf: kit.nowSeconds() + 31 }), kit)).toBe('not-yet-valid');
  });

  it.each([
    { name: 'SEC-B14.3 an exp 20 s ago', iat: -60, exp: -20 },
    { name: 'an iat 30 s ahead', iat: 30, exp: 60 },
    { name: 'a lifetime of 120 s', iat: 0, exp: 120 },
  ])('takes $name', async ({ iat, exp }) => {
    const { signIn, nowSeconds, ticket } = setUp();
    await expect(signIn.verify(ticket({ iat: nowSeconds() + iat, exp: nowSeconds() + exp }), from)).resolves.toBeDefined();
  });

  it.each([
    { name: 'exp as text', exp: '1800000060' },
    { name: 'exp null', exp: null },
    { name: 'iat as text', iat: '1800000000' },
    { name: 'nbf as text', nbf: 'now' },
    { name: 'sess_exp as text', sess_exp: '1800003600' },
    { name: 'sess_exp in the past', sess_exp: 1_799_999_999 },
    { name: 'sess_exp null', sess_exp: null },
  ])('refuses $name', async ({ name: _name, ...changes }) => {
    const kit = setUp();
    expect(await reasonFor(kit.ticket(changes), kit)).toMatch(/^(claim-invalid|session-end)$/);
  });

  it.each(['1e999', '-1e999'])('SEC-F6 refuses the times %s, which are infinite', async (time) => {
    const payload = (iat: string, exp: string): string =>
      `{"iss":"${ISSUER}","aud":"${AUDIENCE}","sub":"alice","jti":"j","iat":${iat},"exp":${exp}}`;
    const kit = setUp();
    const now = String(kit.nowSeconds());
    for (const text of [payload(time, time), payload(now, time), payload(time, now)]) await reasonFor(signRaw(HEADER, text), kit);
  });
});

describe('claims', () => {
  it.each(['exp', 'iat', 'jti', 'sub', 'aud', 'iss'])('SEC-B14.6 refuses a ticket without %s', async (claim) => {
    const kit = setUp();
    await reasonFor(kit.ticket({ [claim]: undefined }), kit);
  });

  it.each([
    { name: 'SEC-B14.7 an aud list with strangers', claims: { aud: [AUDIENCE, 'https://stranger.test'] }, reason: 'audience' },
    { name: 'SEC-B14.7 an aud list with us alone', claims: { aud: [AUDIENCE] }, reason: 'audience' },
    { name: 'an audience that begins like ours', claims: { aud: `${AUDIENCE}.evil.test` }, reason: 'audience' },
    { name: 'a foreign issuer', claims: { iss: 'https://evil.test' }, reason: 'issuer-unknown' },
    { name: 'an issuer list', claims: { iss: [ISSUER] }, reason: 'issuer-unknown' },
    { name: 'SEC-B14.13 a sub list', claims: { sub: ['alice'] }, reason: 'subject' },
    { name: 'SEC-B14.13 a sub object', claims: { sub: { toString: 'alice' } }, reason: 'subject' },
    { name: 'SEC-B14.13 an empty sub', claims: { sub: '' }, reason: 'subject' },
    { name: 'SEC-B14.13 SEC-F4 a sub with CRLF', claims: { sub: 'alice\r\nX-WEBAUTH-USER: admin' }, reason: 'subject' },
    { name: 'SEC-F4 a sub outside Latin-1', claims: { sub: '\u540d' }, reason: 'subject' },
    { name: 'SEC-B14.13 a sub of 256 characters', claims: { sub: 'a'.repeat(256) }, reason: 'subject' },
    { name: 'SEC-B14.13 SEC-B19.1 the sub __proto__', claims: { sub: '__proto__' }, reason: 'subject' },
    { name: 'a sub that reads as an e-mail with a name', claims: { sub: 'x <admin@localhost>' }, reason: 'subject' },
    { name: 'an empty jti', claims: { jti: '' }, reason: 'jti' },
    { name: 'a jti of 256 characters', claims: { jti: 'j'.repeat(256) }, reason: 'jti' },
    { name: 'a jti number', claims: { jti: 7 }, reason: 'jti' },
    { name: 'groups as text', claims: { groups: 'operators' }, reason: 'groups' },
    { name: 'groups null', claims: { groups: null }, reason: 'groups' },
    { name: 'a group that is a number', claims: { groups: ['a', 1] }, reason: 'groups' },
    { name: 'an empty group', claims: { groups: [''] }, reason: 'groups' },
    { name: 'SEC-H13 a group with a comma', claims: { groups: ['a,admins'] }, reason: 'groups' },
    { name: 'a group with a line end', claims: { groups: ['a\nb'] }, reason: 'groups' },
    { name: 'a group of 257 characters', claims: { groups: ['g'.repeat(257)] }, reason: 'groups' },
    { name: 'SEC-D5.2 101 groups', claims: { groups: Array.from({ length: 101 }, (_, index) => `g${index}`) }, reason: 'groups' },
  ])('refuses $name', async ({ claims, reason }) => {
    const kit = setUp();
    expect(await reasonFor(kit.ticket(claims), kit)).toBe(reason);
  });

  it.each([
    { name: 'two @', email: 'attacker@evil.com@company.com' },
    { name: 'no @', email: 'company.com' },
    { name: 'another script', email: '\u540d@company.com' },
    { name: 'a line end', email: 'a@company.com\r\nX: y' },
    { name: 'a dot at the end', email: 'a@company.com.' },
    {
      name: 'more than 254 characters',
      email: `a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(20)}`,
    },
    { name: 'no text', email: ['a@company.com'] },
  ])('SEC-R5 leaves out an e-mail with $name and lets the person in', async ({ email }) => {
    const { signIn, ticket } = setUp();
    const { identity } = await signIn.verify(ticket({ email }), from);
    expect(identity).not.toHaveProperty('email');
  });

  it.each([false, 'true', 1, null])('SEC-R5 marks an e-mail as unverified when email_verified is %j', async (email_verified) => {
    const { signIn, ticket } = setUp();
    const { identity } = await signIn.verify(ticket({ email: 'a@company.com', email_verified }), from);
    expect(identity).toMatchObject({ email: 'a@company.com', emailVerified: false });
  });

  it('takes any display name and cuts it at 256 characters', async () => {
    const { signIn, ticket } = setUp();
    const name = `\u{1F600}<script>\r\n${'n'.repeat(300)}`;
    const { identity } = await signIn.verify(ticket({ name }), from);
    expect(identity.displayName).toBe(Array.from(name).slice(0, 256).join(''));
  });

  it('SEC-B19.1 takes claims and groups named like members of Object.prototype as plain text', async () => {
    const { signIn, claims } = setUp();
    const text = JSON.stringify(claims({ groups: ['__proto__', 'toString'] })).replace(
      /\}$/,
      ',"__proto__":{"isAdmin":true},"constructor":1}',
    );
    const { identity } = await signIn.verify(signRaw(HEADER, text), from);
    expect(identity.groups).toEqual(['__proto__', 'toString']);
    expect('isAdmin' in identity || 'isAdmin' in {}).toBe(false);
  });
});

describe('form', () => {
  const kit = setUp({ limits: { ...LIMITS, ticketsPerAddress: { count: 10_000, windowMs: 60_000 } } });
  const payload = (): string => JSON.stringify(kit.claims());

  it('SEC-B14.15 refuses more than 8192 bytes before parsing', async () => {
    expect(await reasonFor(`${'a'.repeat(8193)}`, kit)).toBe('too-large');
    expect(await reasonFor(kit.ticket({ pad: 'x'.repeat(8192) }), kit)).toBe('too-large');
    expect(await reasonFor('\u00e9'.repeat(4097), kit)).toBe('too-large');
  });

  it.each([
    { name: 'nothing', ticket: '' },
    { name: 'SEC-J4 five parts', ticket: 'e30.e30.e30.e30.e30' },
    { name: 'two parts', ticket: 'e30.e30' },
    { name: 'an empty signature', ticket: `${kit.ticket().split('.').slice(0, 2).join('.')}.` },
    { name: 'SEC-J1 white space in front', ticket: ` ${kit.ticket()}` },
    { name: 'padding', ticket: `${kit.ticket()}==` },
    { name: 'a base64 that is not base64url', ticket: kit.ticket().replace('.', '+.') },
    { name: 'a header that is no JSON', ticket: signRaw('alg', payload()) },
    { name: 'a header that is a list', ticket: signRaw('[]', payload()) },
    { name: 'a payload that is null', ticket: signRaw(HEADER, 'null') },
    { name: 'a payload with a byte order mark', ticket: signRaw(HEADER, `\ufeff${payload()}`) },
    { name: 'a payload 33 levels deep', ticket: signRaw(HEADER, `{"x":${'['.repeat(32)}${']'.repeat(32)}}`) },
  ])('refuses $name', async ({ ticket }) => {
    expect(await reasonFor(ticket, kit)).toBe('form');
  });

  it('refuses a text that is not a string', async () => {
    await reasonFor(['a'] as unknown as string, kit);
    await reasonFor(undefined as unknown as string, kit);
  });

  it.each([
    { name: 'a claim', header: HEADER, payload: payload().replace('{', '{"sub":"admin",') },
    { name: 'a claim in another spelling', header: HEADER, payload: payload().replace('{', '{"\\u0073ub":"admin",') },
    { name: 'a nested claim', header: HEADER, payload: payload().replace('{', '{"x":[{"a":1,"a":2}],') },
    { name: 'a header parameter', header: HEADER.replace('{', '{"alg":"none",'), payload: payload() },
  ])('SEC-B14.14 refuses a second $name of the same name', async ({ header, payload }) => {
    expect(await reasonFor(signRaw(header, payload), kit)).toBe('duplicate-key');
  });

  it.each(['../../dev/null', "' OR 1=1", 'http://evil.test/keys', 'k'.repeat(5000), '', 'k1\r\n', 7, null, ['k1']])(
    'SEC-B14.9 refuses the kid %j',
    async (kid) => {
      expect(await reasonFor(kit.ticket({}, { kid }), kit)).toBe('kid-form');
    },
  );

  it('SEC-B14.9 refuses a kid that the key set does not have', async () => {
    expect(await reasonFor(kit.ticket({}, { kid: 'k2' }), kit)).toBe('kid-unknown');
  });

  it('SEC-B14.10 ignores jku, x5u, jwk and x5c, and never takes a key out of the ticket', async () => {
    const attacker = generateKeyPairSync('ed25519');
    const extra = { jku: 'http://127.0.0.1:9/', x5u: 'http://127.0.0.1:9/', jwk: jwkOf(attacker.publicKey, 'k1'), x5c: ['AA'] };
    await expect(kit.signIn.verify(kit.ticket({}, extra), from)).resolves.toBeDefined();
    const header = JSON.stringify({ ...JSON.parse(HEADER), ...extra });
    const forged = signRaw(header, payload(), (input) => signBytes(null, input, attacker.privateKey));
    expect(await reasonFor(forged, kit)).toBe('signature');
  });

  it.each([{ crit: ['x'], x: 1 }, { crit: ['b64'], b64: true }, { crit: [] }])('SEC-B14.11 refuses the header %j', async (header) => {
    expect(await reasonFor(kit.ticket({}, header), kit)).toBe('crit-header');
  });

  it.each(['JWT', 'at+jwt', 'framegate-ticket', undefined, 7])('SEC-B14.12 refuses the typ %j', async (typ) => {
    expect(await reasonFor(kit.ticket({}, { typ }), kit)).toBe('typ');
  });
});

describe('algorithms', () => {
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
  const rsaKit = setUp({ issuers: [publicKeyIssuer(rsa.publicKey, ['RS256'])] });
  const header = (alg: string): string => JSON.stringify({ alg, typ: 'framegate-ticket+jwt', kid: 'k1' });
  const payload = (): string => JSON.stringify(rsaKit.claims());
  const hmac = (key: string | Buffer) => (input: Buffer) => createHmac('sha256', key).update(input).digest();

  it.each([
    { name: 'HS256 with the public PEM', ticket: signRaw(header('HS256'), payload(), hmac(pem)) },
    {
      name: 'ES256 where RS256 is set',
      ticket: signRaw(header('ES256'), payload(), (input) =>
        signBytes('sha256', input, { key: p256.privateKey, dsaEncoding: 'ieee-p1363' }),
      ),
    },
    {
      name: 'PS256 where RS256 is set',
      ticket: signRaw(header('PS256'), payload(), (input) => signBytes('sha256', input, rsa.privateKey)),
    },
    { name: 'none', ticket: `${signRaw(header('none'), payload(), () => Buffer.from('x'))}` },
    { name: 'nOnE', ticket: `${signRaw(header('nOnE'), payload(), () => Buffer.from('x'))}` },
    { name: 'no alg at all', ticket: signRaw('{"typ":"framegate-ticket+jwt"}', payload()) },
    { name: 'a list of algorithms', ticket: signRaw('{"alg":["RS256"],"typ":"framegate-ticket+jwt"}', payload()) },
  ])('SEC-B14.8 SEC-J1 refuses $name', async ({ ticket }) => {
    expect(await reasonFor(ticket, rsaKit)).toBe('algorithm');
  });

  it('SEC-B14.8 refuses none with an empty signature', async () => {
    expect(
      await reasonFor(
        signRaw(header('none'), payload(), () => Buffer.alloc(0)),
        rsaKit,
      ),
    ).toBe('form');
  });

  it('SEC-B14.8 refuses RS256 where HS256 is set, and HS256 by another secret', async () => {
    const kit = setUp({ issuers: [secretIssuer] });
    expect(
      await reasonFor(
        signRaw(header('RS256'), payload(), (input) => signBytes('sha256', input, rsa.privateKey)),
        kit,
      ),
    ).toBe('algorithm');
    expect(await reasonFor(signRaw(header('HS256'), payload(), hmac('x'.repeat(32))), kit)).toBe('signature');
    await expect(kit.signIn.verify(signRaw(header('HS256'), payload(), hmac(secret)), from)).resolves.toBeDefined();
  });

  it('refuses a ticket whose claims were changed after signing', async () => {
    const kit = setUp();
    const [head, , signature] = kit.ticket().split('.');
    const body = Buffer.from(JSON.stringify(kit.claims({ sub: 'admin' }))).toString('base64url');
    expect(await reasonFor(`${head}.${body}.${signature}`, kit)).toBe('signature');
  });
});
