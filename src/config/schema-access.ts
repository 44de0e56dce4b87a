// Who may do what.

import { z } from 'zod';
import { DENIED_WORDS, GRANTED_WORDS } from '../policy/bundles.ts';
import { WEEKDAYS } from '../policy/hours.ts';

const WORD = 'Write a bundle (view, explore, edit, admin, everything) or a capability of docs/capabilities.md.';
const granted = z.array(z.enum(GRANTED_WORDS).describe(WORD)).min(1);
const denied = z
  .array(z.enum(DENIED_WORDS).describe('Write view, everything or a capability of docs/capabilities.md; the other bundles hold view too.'))
  .min(1);

const uid = z.string().regex(/^(?! )[A-Za-z0-9_. *-]{1,128}(?<! )$/, {
  error: 'is not the uid of anything. Use letters, digits, ".", "_" and "-", and "*" for any characters; nothing else is a pattern',
});
const literal = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/, {
  error: 'is not the uid of anything. Use letters, digits, ".", "_" and "-"; patterns are taken for dashboards and data sources only',
});

const time = z.string().regex(/^(?:(?:[01]?\d|2[0-3]):[0-5]\d|24:00)$/, {
  error: 'is not a time of day. Write it in quotes, such as "08:00"',
});

const who = z
  .strictObject({
    everyone: z.literal(true).optional().describe('Everybody who is signed in.'),
    users: z.array(z.string().min(1)).optional().describe('Logins, exactly.'),
    emails: z.array(z.string().min(3)).optional().describe('E-mail addresses; case is ignored.'),
    domains: z.array(z.string().min(1)).optional().describe('Domains of e-mail addresses, compared whole.'),
    groups: z.array(z.string().min(1)).optional().describe('Groups, exactly.'),
  })
  .refine((value) => Object.values(value).some((list) => list !== undefined), {
    error: 'names nobody. Give users, emails, domains, groups or `everyone: true`',
  })
  .describe('Whom the rule is for; one match is enough.');

const on = z
  .strictObject({
    upstream: z.string().optional().describe('Only on this upstream.'),
    dashboards: z.array(uid).optional().describe('Only these dashboards, by uid; `*` stands for any characters.'),
    folders: z.array(literal).optional().describe('Only these folders, by uid. Their dashboards are named by `dashboards`.'),
    dataSources: z.array(uid).optional().describe('Only these data sources, by uid; `*` stands for any characters. Absent: all of them.'),
    plugins: z.array(literal).optional().describe('Only these plugins, by id.'),
  })
  .optional()
  .describe('Where the rule holds; absent: everywhere.');

const as = z
  .strictObject({
    role: z.enum(['Viewer', 'Editor', 'Admin', 'None']).optional().describe('Role told to the upstream.'),
    orgId: z
      .int()
      .min(1)
      .max(2 ** 31 - 1)
      .optional()
      .describe('Organisation told to the upstream; no request may name another. Absent: 1 is all that may be named.'),
  })
  .optional()
  .describe('What the upstream is told.');

const when = z
  .strictObject({
    after: time.optional().describe('From this time of day on. Later than `before`: the window runs over midnight.'),
    before: time.optional().describe('Until this time of day.'),
    weekdays: z.array(z.enum(WEEKDAYS)).optional().describe('Only on these days. A window over midnight counts as the day it begins on.'),
    timezone: z.string().default('UTC').describe('Whose clock that is, such as Europe/Berlin.'),
    networks: z.array(z.string()).optional().describe('Only from these addresses or CIDRs; see trustedProxies for whose address counts.'),
    methods: z
      .array(z.enum(['password', 'ticket', 'oidc', 'header', 'api-key', 'host']))
      .optional()
      .describe('Only for people who signed in in one of these ways.'),
    issuers: z
      .array(z.string().min(1).max(512))
      .optional()
      .describe(
        'Only for people for whom one of these vouches, so only their word on groups and addresses counts: issuers of tickets and providers, signIn.header.issuer, password, api-key, host.',
      ),
  })
  .optional()
  .describe('Only under these circumstances; all that is given has to be met.');

const rule = z
  .strictObject({
    name: z.string().min(1).max(200).describe('Name of the rule; appears in reasons and in the audit log.'),
    who,
    may: granted.optional().describe('What they may do: bundles and capabilities of docs/capabilities.md.'),
    deny: denied.optional().describe('In place of `may`: what they may not do, whatever other rules say.'),
    on,
    as,
    when,
  })
  .refine(({ may, deny }) => (may === undefined) !== (deny === undefined), {
    error: 'has to say either what people may do or what they may not. Give `may` or `deny`, such as may: [view]',
  });

export const access = z
  .strictObject({
    mode: z
      .enum(['enforce', 'observe'])
      .default('enforce')
      .describe(
        'observe lets everybody who is signed in do what the rules would deny, and logs it as access.would-deny; for a roll-out only.',
      ),
    rules: z.array(rule).default([]).describe('Who may do what; nobody may do anything that no rule allows.'),
  })
  .prefault({})
  .describe('Who may be here.');
