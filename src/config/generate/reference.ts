// docs/configuration.md: one table for each part of the configuration.

import { parseDuration } from '../../kernel/duration.ts';
import { CONFIG_VARIABLE } from '../environment.ts';
import { type ConfigKey, environmentName, formatKeyPath, listConfigKeys, takesVariable } from '../keys.ts';
import { branchesOf, recordValue, type SchemaNode } from '../schema-node.ts';

const HEAD = `# Configuration

<!-- Made from src/config/schema.ts by \`npm run generate\`. -->

\`framegate serve --config FILE\` reads YAML 1.2, or JSON when the name ends in \`.json\`; \`framegate check --config FILE\` prints
every problem and warning without starting anything. Defaults < file < environment. An unknown key or variable is an error.

- Durations are a number and a unit: \`500ms\`, \`30s\`, \`15m\`, \`8h\`, \`7d\`. Rates: \`5 per 15m\`.
- File paths start from the folder of the configuration file.
- \`<name>\` is the name of an upstream; in a variable in upper case with \`_\` for \`-\`. \`<n>\` is the place in a list, from 0.
- Lists in a variable are separated by commas. A secret never is: the whole text is one secret.
- A secret can be the text of its key or the content of a file (\`...File\`): the bytes as they are, without one line break at the end,
  at least 32 of them. Placeholders and low-entropy texts are refused. Make one with \`framegate keygen --secret --out FILE\`.
- \`${CONFIG_VARIABLE}\` names the configuration file where \`--config\` is not given. Without a file, variables alone will do.
- In the environment a key source (\`secret\`, \`secretFile\`, \`jwksUrl\`, \`jwksFile\`, \`publicKeyFile\`) replaces that of the file.

An annotated example is in [config/framegate.example.yaml](../config/framegate.example.yaml), the JSON Schema for editors in
[config/framegate.schema.json](../config/framegate.schema.json).
`;

const USERS = `
## The users file

\`signIn.password.usersFile\` names a YAML file. There is no default user; \`framegate hash-password\` makes the hash.

\`\`\`yaml
users:
  - name: alice                        # the login: letters, digits and . _ @ + | : / = ~ -
    passwordHash: '$argon2id$...'      # from framegate hash-password
    email: alice@example.com           # optional
    displayName: Alice A               # optional, any text
    groups: [operators]                # optional
    disabled: false                    # optional; true: may not sign in
    links:                             # optional: accounts elsewhere that are this person
      - { issuer: 'https://app.example.com', subject: alice }
\`\`\`

Somebody whom another method names is never taken for an account of this file: a login that equals one, in any case, is
refused. \`links\` says that issuer and subject are this person, who then gets the account's login.

Two names that differ in upper and lower case only are refused. The built-in administrators of an upstream (for Grafana \`admin\` and others) are
refused unless a rule names them: \`who: { users: [...] }\`.
`;

export function buildReference(): string {
  const keys = listConfigKeys();
  const parts = [...new Set(keys.map((key) => key.path[0] ?? ''))];
  const loose = parts.filter((part) => !keys.some((key) => key.path[0] === part && key.path.length > 1));
  const tables = parts
    .filter((part) => !loose.includes(part))
    .map((part) =>
      renderPart(
        part,
        keys.filter((key) => key.path[0] === part),
      ),
    );
  return `${HEAD}\n## Top level\n\n${renderTable(keys.filter((key) => loose.includes(key.path[0] ?? '')))}${tables.join('')}${USERS}`;
}

function renderPart(part: string, keys: readonly ConfigKey[]): string {
  const [group, ...inner] = keys;
  return `\n## ${part}\n\n${group?.node.description ?? ''}\n\n${renderTable([...(group !== undefined && takesVariable(group) ? [group] : []), ...inner])}`;
}

function renderTable(keys: readonly ConfigKey[]): string {
  const rows = keys.filter((key) => !key.group || takesVariable(key) || key.node.description !== undefined).map(renderRow);
  return ['| key | type | default | environment | meaning |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}

function renderRow(key: ConfigKey): string {
  const cells = [
    code(formatKeyPath(key.path)),
    describeType(key),
    key.required ? 'required' : key.group || key.node.default === undefined ? '' : code(formatDefault(key.node.default)),
    takesVariable(key) ? code(environmentName(key.path)) : '',
    key.node.description ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function describeType(key: ConfigKey): string {
  const { node, path } = key;
  const { default: fallback } = node;
  if (/(?:Timeout|Age)$/.test(path.at(-1) ?? '') || (typeof fallback === 'string' && parseDuration(fallback) !== undefined))
    return 'duration';
  const branches = branchesOf(node).filter((branch) => branch.type !== undefined || branch.const !== undefined);
  const type = [...new Set(branches.map(typeOf))].join(' or ');
  return key.secret ? `secret ${type}` : type;
}

function typeOf(node: SchemaNode): string {
  if (node.const !== undefined) return code(String(node.const));
  // A table cell is no place for more; the meaning says where they are listed.
  if (node.enum !== undefined && node.enum.length > 12) return 'words';
  if (node.enum !== undefined) return node.enum.map((value) => code(String(value))).join(', ');
  switch (node.type) {
    case 'string':
      return 'text';
    case 'integer':
      return 'whole number';
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return node.items?.properties === undefined ? `list of ${node.items === undefined ? 'text' : typeOf(node.items)}` : 'list';
    default:
      return recordValue(node) === undefined ? 'mapping' : 'mapping by name';
  }
}

const formatDefault = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const code = (text: string): string => `\`${text}\``;
