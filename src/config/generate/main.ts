// `npm run generate`: writes what is made from the schema. With --check: exits 1 when a file is stale, and writes nothing.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildGeneratedFiles } from './files.ts';

const root = join(import.meta.dirname, '../../..');
const check = process.argv.includes('--check');

for (const [path, content] of buildGeneratedFiles()) {
  const full = join(root, path);
  if (readExisting(full) === content) continue;
  if (check) {
    console.error(`${path} is stale. Run npm run generate.`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  console.log(`wrote ${path}`);
}

function readExisting(full: string): string | undefined {
  try {
    return readFileSync(full, 'utf8');
  } catch {
    return undefined; // not made yet
  }
}
