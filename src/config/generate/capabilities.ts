// docs/capabilities.md: what can be granted, and how limits act on it.

import { CAPABILITIES } from '../../policy/capability.ts';
import { CAPABILITY_FACTS, type LimitEffect } from '../../policy/capability-facts.ts';
import type { ResourceKind } from '../../policy/request.ts';

const HEAD = `# Capabilities

<!-- Made from src/policy/capability-facts.ts by \`npm run generate\`. -->

What a request does to the upstream. The preset finds it in method, path, query, body and, on the Live socket, in each
message; rules grant and deny it by name. [recipes/access-rules.md](recipes/access-rules.md) shows how; \`framegate explain\`
says which one a request needs.

## Bundles

| word | holds |
|---|---|
| \`view\` | what a dashboard needs to load, move, stream and be annotated |
| \`explore\` | \`view\`, and looking around: lists, Explore, data sources' own APIs, app plugins, alerts |
| \`edit\` | \`explore\`, and changing dashboards, annotations and alerts |
| \`admin\` | \`edit\`, and running the upstream |
| \`everything\` | \`admin\`, and \`unknown\`: what the preset does not know |

\`may\` takes every word. \`deny\` takes capabilities, \`view\` and \`everything\`; the bundles between hold \`view\`, so denying them
would deny more than it says. \`explore\` is the bundle in \`may\` and the capability in \`deny\`.

## How a limit acts

A rule may be limited to some things with \`on\`. Then for each capability and kind:

| in the table | a rule that is limited to some of the kind grants it |
|---|---|
| | as it is: the capability has nothing to do with the kind |
| named | where all that the request names of the kind are listed, and it names something |
| named (own) | the same; a limit to the other of dashboards and folders does not count |
| cut | the same, or where the answer is a list that is cut down to what the person may see |
| never | never: the capability could go round the limit |

An id or a name in the place of a uid is not listed, save by \`*\`. A request names a dashboard without its folder, so a rule
that is limited to some of the one grants none of the other unless it names those as well. A denial works the other way
round: it takes what it names, in any case of letters, whatever cannot be told from it, and what could go round it.

## The table

`;

const KINDS: readonly ResourceKind[] = ['dashboards', 'folders', 'dataSources', 'plugins'];
const EFFECTS: { readonly [effect in LimitEffect]: string } = {
  scoped: 'named',
  written: 'named (own)',
  listed: 'cut',
  'unlimited-only': 'never',
};

export function buildCapabilities(): string {
  const rows = CAPABILITIES.map((capability) => {
    const { bundle, meaning, scope } = CAPABILITY_FACTS[capability];
    const effects = KINDS.map((kind) => (scope[kind] === undefined ? '' : EFFECTS[scope[kind]]));
    return [`\`${capability}\``, bundle === 'nobody' ? 'nobody' : `\`${bundle}\``, meaning, ...effects].join(' | ');
  });
  const head = ['capability', 'smallest bundle', 'what it is', 'dashboards', 'folders', 'data sources', 'plugins'];
  return `${HEAD}| ${head.join(' | ')} |\n|${'---|'.repeat(head.length)}\n${rows.map((row) => `| ${row} |`).join('\n')}\n`;
}
