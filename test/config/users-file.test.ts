import { describe, expect, it } from 'vitest';
import { BASE, check, type Found, PASSWORD_HASH as HASH, makeFolder } from './base-config.ts';

function checkUsers(text: string, changes: object = {}): Found {
  return check({ signIn: { password: { usersFile: 'users.yaml' } }, ...changes }, { cwd: makeFolder({ 'users.yaml': text }) });
}

const user = (fields: object): string => JSON.stringify({ users: [{ name: 'alice', passwordHash: HASH, ...fields }] });

describe('the users file', () => {
  it('fills in what is left out', () => {
    expect(checkUsers(user({})).config?.signIn.users).toEqual([
      { name: 'alice', passwordHash: HASH, email: undefined, displayName: undefined, groups: [], disabled: false },
    ]);
  });

  it('takes any text as display name', () => {
    const displayName = '\u540d <admin@localhost>, "x"';
    expect(
      checkUsers(user({ displayName, groups: ['ops', 'Nacht Schicht'], email: 'a@example.com', disabled: true })).config?.signIn.users?.[0],
    ).toMatchObject({ displayName, disabled: true });
  });

  it('SEC-D9.3 has no default user: an empty list lets nobody in, with a warning', () => {
    const { config, warnings } = checkUsers('users: []');
    expect(config?.signIn.users).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('nobody can sign in by password')]);
  });

  it.each(['a b', 'x <admin@localhost>', '', '-x', '__proto__', 'a,b', 'a"b', '\u540d', 'a\nb', 'x'.repeat(256)])(
    'SEC-F4 refuses the name %j, which cannot be forwarded',
    (name) => {
      expect(checkUsers(user({ name })).problems).toEqual([expect.stringMatching(/^users\.yaml users\[0\]\.name: cannot be a login/)]);
    },
  );

  it('SEC-B19.1 takes names and groups of the object prototype for plain text', () => {
    const { config } = checkUsers(user({ name: 'toString', groups: ['__proto__', 'constructor'] }));
    expect(config?.signIn.users?.[0]).toMatchObject({ name: 'toString', groups: ['__proto__', 'constructor'] });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('refuses a name twice, whatever its case', () => {
    const { problems } = checkUsers(
      JSON.stringify({
        users: [
          { name: 'alice', passwordHash: HASH },
          { name: 'ALICE', passwordHash: HASH },
        ],
      }),
    );
    expect(problems).toEqual([expect.stringMatching(/^users\.yaml users\[1\]\.name: is the name of an earlier user/)]);
  });

  it.each(['admin', 'Admin', 'admin@localhost'])('refuses %s, an administrator of the upstream, unless a rule names it', (name) => {
    expect(checkUsers(user({ name })).problems).toEqual([expect.stringContaining('is a built-in administrator of the upstream')]);
    const access = { rules: [{ name: 'r', who: { users: [name] }, may: ['view'], on: { dataSources: ['*'] } }] };
    const named = checkUsers(user({ name }), { access });
    expect(named.problems).toEqual([]);
    expect(named.warnings).toEqual([expect.stringContaining('let a built-in administrator of the upstream in')]);
  });

  it('refuses the e-mail address of an administrator, by which Grafana would find the account', () => {
    expect(checkUsers(user({ email: 'Admin@localhost' })).problems).toEqual([
      expect.stringContaining('is that of a built-in administrator'),
    ]);
  });

  it('does not know administrators of a generic upstream', () => {
    expect(checkUsers(user({ name: 'admin' }), { upstreams: { g: { preset: 'generic', url: 'http://g:1' } } }).problems).toEqual([]);
  });

  it('SEC-R5 refuses an e-mail address with two at signs', () => {
    expect(checkUsers(user({ email: 'a@evil.test@example.com' })).problems).toEqual([expect.stringContaining('is not an e-mail address')]);
  });

  it.each(['ops,admins', '', 'a\nb'])('refuses the group %j, which a groups header would change', (group) => {
    expect(checkUsers(user({ groups: [group] })).problems).toEqual([expect.stringContaining('is not a group name')]);
  });

  it.each([
    'hunter2-canary',
    '$2b$10$canarycanarycanarycanarycanarycanarycanarycanarycana',
    '$argon2i$v=19$m=19456,t=2,p=1$canary$canary',
    '',
  ])('SEC-D9.1, SEC-D10.3 refuses the password hash %j without showing it', (passwordHash) => {
    const { problems } = checkUsers(user({ passwordHash }));
    expect(problems).toEqual([expect.stringMatching(/^users\.yaml users\[0\]\.passwordHash: is not an argon2id hash/)]);
    expect(problems.join()).not.toContain('canary');
  });

  it.each([{ password: 'canary' }, { passwordHash: 7 }, { passwordhash: 'canary' }])('SEC-D10.3 shows nothing of %j', (fields) => {
    const { problems } = checkUsers(user(fields));
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('canary');
  });

  it.each(['users: { alice: 1 }', 'alice', '[]', 'people: []'])('refuses the shape %j', (text) => {
    expect(checkUsers(text).problems.length).toBeGreaterThan(0);
  });

  it('says where the file cannot be read', () => {
    expect(checkUsers('users:\n  - name: "a\n').problems).toEqual([expect.stringMatching(/^users\.yaml line \d+, column \d+: /)]);
    expect(check({ ...BASE, signIn: { password: { usersFile: 'nowhere.yaml' } } }, { cwd: makeFolder() }).problems).toEqual([
      expect.stringMatching(/^signIn\.password\.usersFile: names a file that does not exist/),
    ]);
  });
});

describe('links of an account', () => {
  const links = [{ issuer: 'https://app.example.com', subject: 'a-17' }];

  it('SEC-R6 are kept with the account', () => {
    expect(checkUsers(user({ links })).config?.signIn.users?.[0]?.links).toEqual(links);
  });

  it('SEC-R6 name a person once: two accounts cannot be one', () => {
    const users = ['alice', 'bob'].map((name) => ({ name, passwordHash: HASH, links }));
    expect(checkUsers(JSON.stringify({ users })).problems).toEqual([
      expect.stringMatching(/^users\.yaml users\[1\]\.links\[0\]: is linked already/),
    ]);
  });

  it.each([
    { name: 'the users file itself', link: { issuer: 'password', subject: 'bob' }, says: 'is the users file itself' },
    { name: 'no subject', link: { issuer: 'x' }, says: 'subject' },
    { name: 'an unknown key', link: { issuer: 'x', subject: 'y', login: 'z' }, says: 'login' },
  ])('refuse $name', ({ link, says }) => {
    expect(checkUsers(user({ links: [link] })).problems).toEqual([expect.stringContaining(says)]);
  });
});
