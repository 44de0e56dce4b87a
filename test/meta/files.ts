// The files of the project, and what their source imports.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const NOT_OURS = new Set(['.git', 'node_modules', 'dist', 'coverage']);

/** Paths from the root, with `/`: what git tracks or would, or in an unpacked archive whatever is there. */
export function listFiles(): string[] {
  if (!existsSync(`${ROOT}.git`)) return walk('');
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: ROOT, encoding: 'utf8' });
  return listed.split('\0').filter((path) => path !== '' && existsSync(ROOT + path));
}

function walk(folder: string): string[] {
  return readdirSync(ROOT + folder, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return [];
    return entry.isDirectory() ? walk(`${folder}${entry.name}/`) : [folder + entry.name];
  });
}

export function readText(path: string): string {
  return readFileSync(ROOT + path, 'utf8');
}

/** Source files of the product. */
export function listSources(): string[] {
  return listFiles().filter((path) => path.startsWith('src/') && path.endsWith('.ts'));
}

export interface Import {
  readonly from: string;
  /** Path from the root for a file of ours, else the name of a package. */
  readonly to: string;
}

const SPECIFIER = /(?:\bfrom|\bimport|\brequire\()\s*\(?\s*['"]([^'"]+)['"]/g;

export function readImports(path: string): Import[] {
  const text = readText(path).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...text.matchAll(SPECIFIER)].map(([, specifier = '']) => ({
    from: path,
    to: specifier.startsWith('.') ? posix.normalize(relative('.', posix.join(dirname(path), specifier))) : specifier,
  }));
}
