// The accounts of password sign-in. There is no default user (SEC-D9.3).

import { basename } from 'node:path';
import { z } from 'zod';
import { identityKey } from '../kernel/identity.ts';
import { parseLogin } from '../kernel/login.ts';
import { isPasswordHash, needsRehash } from '../kernel/password-hash.ts';
import { listNamedUsers } from '../policy/named-users.ts';
import { presetFor } from '../presets/index.ts';
import type { AccountLink, Config, PasswordUser } from './config.ts';
import { parseConfigDocument } from './document.ts';
import { parseEmail } from './email.ts';
import { readNamedFile } from './file-text.ts';
import { type Findings, showValue } from './problem.ts';
import { findSchemaProblems } from './schema-problems.ts';

const user = z.strictObject({
  name: z.string().describe('The login: letters, digits and . _ @ + | : / = ~ -'),
  passwordHash: z.string().describe('Argon2id hash; make one with `framegate hash-password`').meta({ secret: true }),
  email: z.string().optional().describe('E-mail address.'),
  displayName: z.string().max(200).optional().describe('Any text.'),
  groups: z
    .array(z.string().regex(/^[^,\p{Cc}]{1,255}$/u, { error: 'is not a group name. Use any text without commas and control characters' }))
    .default([])
    .describe('Names of groups, for rules and the groups header.'),
  disabled: z.boolean().default(false).describe('true: may not sign in.'),
  links: z
    .array(
      z.strictObject({
        issuer: z.string().min(1).max(512).describe('Who vouches: the issuer of tickets, an OIDC provider, signIn.header.issuer, api-key.'),
        subject: z.string().min(1).max(255).describe('Their name for the person: `sub`, the value of the header, the id of the key.'),
      }),
    )
    .max(100)
    .default([])
    .describe('Accounts elsewhere that are this person, and may carry this login.'),
});
const usersSchema = z.strictObject({ users: z.array(user).describe('The accounts.') });

const PATH = 'signIn.password.usersFile';

export interface UsersContext {
  readonly folder: string;
  /** Lower-case logins that need a rule which names them (grafana.md, fact 3). */
  readonly builtInAdmins: ReadonlySet<string>;
  /** Logins that some rule names, exactly. */
  readonly namedUsers: ReadonlySet<string>;
  readonly findings: Findings;
}

/** The accounts of the file; undefined after a problem that hides them. */
export function readUsersFile(file: string, context: UsersContext): PasswordUser[] | undefined {
  const { findings } = context;
  const name = showName(file);
  const content = readNamedFile(file, context.folder, PATH, findings);
  if (content === undefined) return undefined;
  const document = parseConfigDocument(content.bytes.toString('utf8'), name);
  if ('problems' in document) {
    findings.problems.push(...document.problems);
    return undefined;
  }
  findings.problems.push(...findSchemaProblems(usersSchema, document.value, name));
  const list = (document.value as { users?: unknown }).users;
  if (!Array.isArray(list)) return undefined;
  if (list.length === 0) {
    findings.warnings.push({
      path: `${name} users`,
      what: 'is empty, so nobody can sign in by password',
      wayOut: 'Add a user; `framegate hash-password` makes the hash',
    });
  }
  const names = new Set<string>();
  const links = new Set<string>();
  return list.flatMap((item, index) => {
    const parsed = user.safeParse(item);
    if (!parsed.success) return [];
    const path = `${name} users[${index}]`;
    checkLinks(parsed.data.links, `${path}.links`, links, findings);
    return checkUser(parsed.data, path, names, context);
  });
}

/** The file as it is now, by the rules that it was first read by; undefined after any problem. Warnings were told at the start. */
export function readUsersAgain(
  { signIn, upstreams, rules }: Pick<Config, 'signIn' | 'upstreams' | 'rules'>,
  findings: Findings,
): PasswordUser[] | undefined {
  if (signIn.usersFile === undefined) return undefined;
  const builtInAdmins = new Set(upstreams.flatMap(({ preset }) => presetFor(preset).builtInAdmins));
  const users = readUsersFile(signIn.usersFile, { folder: '/', builtInAdmins, namedUsers: listNamedUsers(rules), findings });
  return findings.problems.length > 0 ? undefined : users;
}

/** @param seen Links of the accounts so far: whoever is linked is one account, not two. */
function checkLinks(links: readonly AccountLink[], path: string, seen: Set<string>, { problems }: Findings): void {
  for (const [index, link] of links.entries()) {
    const key = identityKey(link);
    const at = `${path}[${index}]`;
    if (link.issuer === 'password')
      problems.push({ path: `${at}.issuer`, what: 'is the users file itself', wayOut: 'Name the issuer of another sign-in method' });
    if (seen.has(key))
      problems.push({ path: at, what: 'is linked already', value: showValue(link.subject), wayOut: 'Link a person to one account' });
    seen.add(key);
  }
}

function checkUser(account: z.output<typeof user>, path: string, names: Set<string>, context: UsersContext): PasswordUser[] {
  const { problems, warnings } = context.findings;
  const login = account.name.toLowerCase();
  if (parseLogin(account.name) === undefined) {
    problems.push({
      path: `${path}.name`,
      what: 'cannot be a login',
      value: showValue(account.name),
      wayOut: 'Use letters, digits and . _ @ + | : / = ~ -, starting with a letter or digit; other text goes into displayName',
    });
  } else if (names.has(login)) {
    problems.push({
      path: `${path}.name`,
      what: 'is the name of an earlier user (upper and lower case are the same)',
      value: showValue(account.name),
      wayOut: 'Name each user differently',
    });
  } else if (context.builtInAdmins.has(login) && !context.namedUsers.has(account.name)) {
    problems.push({
      path: `${path}.name`,
      what: 'is a built-in administrator of the upstream',
      value: showValue(account.name),
      wayOut: 'Choose another name, or name it in a rule: who: { users: [...] }',
    });
  }
  names.add(login);
  if (!isPasswordHash(account.passwordHash)) {
    problems.push({
      path: `${path}.passwordHash`,
      what: 'is not an argon2id hash',
      wayOut: 'Make one with `framegate hash-password`; a password itself is never written here',
    });
  } else if (needsRehash(account.passwordHash)) {
    warnings.push({
      path: `${path}.passwordHash`,
      what: 'is cheaper to guess than recommended',
      wayOut: 'Make a new one with `framegate hash-password`',
    });
  }
  const email = account.email === undefined ? undefined : parseEmail(account.email);
  if (account.email !== undefined && email === undefined) {
    problems.push({
      path: `${path}.email`,
      what: 'is not an e-mail address',
      value: showValue(account.email),
      wayOut: 'Write it as name@example.com',
    });
  }
  // Grafana looks an unknown login up by its e-mail address too, and hands over the account that has it.
  if (email !== undefined && context.builtInAdmins.has(email) && !context.namedUsers.has(account.name)) {
    problems.push({
      path: `${path}.email`,
      what: 'is that of a built-in administrator of the upstream',
      value: showValue(email),
      wayOut: "Write the person's own address",
    });
  }
  return [
    {
      name: account.name,
      passwordHash: account.passwordHash,
      email: account.email,
      displayName: account.displayName,
      groups: account.groups,
      disabled: account.disabled,
      ...(account.links.length === 0 ? {} : { links: account.links }),
    },
  ];
}

const showName = (file: string): string =>
  basename(file)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 100);
