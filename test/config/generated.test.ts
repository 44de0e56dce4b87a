// What is made from the schema stays what the schema says.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildGeneratedFiles } from '../../src/config/generate/files.ts';
import { environmentName, formatKeyPath, listConfigKeys, takesVariable } from '../../src/config/keys.ts';
import { checkConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { makeFolder, OTHER_SECRET, PASSWORD_HASH, SECRET } from './base-config.ts';

const ROOT = join(import.meta.dirname, '../..');
const files = buildGeneratedFiles();
const example = files.get('config/framegate.example.yaml') ?? '';

describe('generated files', () => {
  it.each([...files.keys()])('%s is fresh (npm run generate)', (path) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(files.get(path));
  });
});

describe('the annotated example', () => {
  it('passes the check when the files that it names exist', () => {
    const users = JSON.stringify({ users: [{ name: 'alice', passwordHash: PASSWORD_HASH }] });
    const folder = makeFolder({
      'users.yaml': users,
      session: SECRET,
      oidc: OTHER_SECRET,
      'framegate.yaml': example.replace('/run/secrets/session', 'session').replace('/run/secrets/oidc', 'oidc'),
    });
    const { problems, warnings } = checkConfig(join(folder, 'framegate.yaml'), { env: {}, service: true });
    expect(problems.map(formatProblem)).toEqual([]);
    expect(warnings.map(formatProblem)).toEqual([]);
  });

  it('shows every key, each with its meaning', () => {
    for (const key of listConfigKeys()) {
      const name = key.path.at(-1) ?? '';
      if (!name.startsWith('<')) expect(example, formatKeyPath(key.path)).toMatch(new RegExp(`^ *(?:- )?#?${name}:`, 'm'));
    }
  });

  it('passes the check too with every commented key of a group switched on', () => {
    const text = example
      .replace(/^( *)#identityHeaders:/m, '$1identityHeaders:')
      .replace(/^( *)#(user|name|email|groups|role): X-/gm, '$1$2: X-');
    const config = parse(text) as { upstreams: { grafana: { identityHeaders: object } } };
    expect(Object.keys(config.upstreams.grafana.identityHeaders)).toEqual(['user', 'name', 'email', 'groups', 'role']);
  });

  it('SEC-J5 prints no secret', () => {
    expect(example).toMatch(/^ *#secret: \.\.\.$/m);
    expect(example).not.toMatch(/^ *secret:/m);
  });
});

describe('docs/configuration.md', () => {
  const reference = files.get('docs/configuration.md') ?? '';

  it('names every variable', () => {
    for (const key of listConfigKeys().filter(takesVariable)) expect(reference).toContain(`\`${environmentName(key.path)}\``);
  });
});

describe('config/framegate.schema.json', () => {
  const schema = files.get('config/framegate.schema.json') ?? '';

  it('marks secrets in the words of JSON Schema only', () => {
    expect(schema).toContain('"writeOnly": true');
    expect(schema).not.toContain('"secret": true');
  });

  it('SEC-B21.4 lets an editor refuse unknown keys', () => {
    const { additionalProperties } = JSON.parse(schema) as { additionalProperties: boolean };
    expect(additionalProperties).toBe(false);
  });
});
