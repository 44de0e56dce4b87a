// Where all people are in the users file, a rule for somebody who is not in it is for nobody.

import type { Config } from './config.ts';
import { type Findings, showValue } from './problem.ts';

export function checkPeople(config: Config, findings: Findings): void {
  const { users, tickets, apiKeys, header, oidc } = config.signIn;
  const hasOthers = tickets.length > 0 || oidc.length > 0 || apiKeys !== undefined || header !== undefined;
  if (users === undefined || hasOthers) return;
  const known = {
    users: new Set(users.map(({ name }) => name)),
    groups: new Set(users.flatMap(({ groups }) => groups)),
    emails: new Set(users.map(({ email }) => email?.toLowerCase())),
    domains: new Set(users.map(({ email }) => email?.toLowerCase().split('@')[1])),
  };
  for (const [index, { who }] of config.rules.entries()) {
    for (const field of ['users', 'groups', 'emails', 'domains'] as const) {
      for (const name of who[field].filter((each) => !known[field].has(each))) {
        findings.warnings.push({
          path: `access.rules[${index}].who.${field}`,
          what: 'names what nobody in the users file is',
          value: showValue(name),
          wayOut: 'Correct the name, or remove it',
        });
      }
    }
  }
}
