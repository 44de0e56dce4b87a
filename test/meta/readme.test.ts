// What the README shows has to work as shown: its TypeScript compiles, its YAML is a configuration.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../../src/config/schema.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCUMENTS = ['README.md', ...readdirSync(join(ROOT, 'docs/recipes')).map((file) => `docs/recipes/${file}`)];

function readBlocks(language: string): { name: string; text: string }[] {
  return DOCUMENTS.flatMap((file) => {
    const blocks = readFileSync(join(ROOT, file), 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'));
    return [...blocks].map((match, index) => ({ name: `${file}, ${language} block ${index + 1}`, text: match[1] ?? '' }));
  });
}

describe('the code blocks of README and recipes', () => {
  // Below the package, so that its dependencies are found as a reader's would be.
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'node_modules/.cache/framegate-readme-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has a configuration and a host application to check', () => {
    expect(readBlocks('yaml').length).toBeGreaterThanOrEqual(2);
    expect(readBlocks('ts').length).toBeGreaterThanOrEqual(2);
  });

  it.each(readBlocks('yaml').filter(({ text }) => text.includes('publicUrl:')))('$name fits the schema', ({ text }) => {
    const result = configSchema.safeParse(parse(text));
    expect(result.error?.issues ?? []).toEqual([]);
  });

  it('compiles every TypeScript block', { timeout: 60_000 }, async () => {
    for (const [index, { name, text }] of readBlocks('ts').entries())
      writeFileSync(join(folder, `block-${index}.ts`), `// ${name}\n${text}\nexport {};\n`);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(ROOT, 'tsconfig.json'),
        compilerOptions: {
          paths: { framegate: [join(ROOT, 'src/index.ts')] },
          noUnusedLocals: false,
          typeRoots: [join(ROOT, 'node_modules/@types')],
        },
        include: ['*.ts'],
      }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const output = await promisify(execFile)(process.execPath, [tsc, '-p', folder], { cwd: dirname(folder) }).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
    expect(output.split('\n').filter((line) => line.includes('block-'))).toEqual([]);
  });
});
