// Text that compresses as a dashboard's bundles do (Grafana's: gzip 6 leaves 0.29 of it): real scripts, shortened as a
// minifier does it, without the copies that packages hold of themselves.

import { globSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Second copies for the other module system, and translations, hardly differ from their originals. */
const COPIES = /\/(?:cjs|esm5?|umd|locales?|es5|lib-cov|minified|dist-cjs)\/|\.min\.js$/;

/** @throws {Error} when the installed packages hold less than that. */
export function readScriptText(bytes: number): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  for (const path of globSync('node_modules/**/*.js', { cwd: ROOT }).toSorted()) {
    if (length >= bytes) break;
    if (COPIES.test(path) || !statSync(ROOT + path).isFile()) continue;
    const piece = Buffer.from(shorten(readFileSync(ROOT + path, 'utf8'), path.length));
    pieces.push(piece);
    length += piece.length;
  }
  if (length < bytes) throw new Error(`the installed packages hold ${length} bytes of scripts, ${bytes} are needed: npm ci`);
  return Buffer.concat(pieces, bytes);
}

const KEYWORDS =
  /^(?:async|await|break|case|catch|class|const|continue|default|delete|do|else|export|extends|false|finally|for|from|function|if|import|in|instanceof|let|new|null|of|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|yield)$/;

/** Roughly what a minifier does: no comments, no space, short names. It is never run. */
function shorten(text: string, seed: number): string {
  const names = new Map<string, string>();
  const shortNameOf = (name: string): string => {
    const known = names.get(name) ?? (names.size * 31 + seed).toString(36);
    names.set(name, known);
    return known;
  };
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/[ \t]*([=+\-*/<>?:,;{}()[\]&|!]+)[ \t]*/g, '$1')
    .replaceAll(/\s*\n\s*/g, '')
    .replaceAll(/(?<![.\w$'"])[A-Za-z_$][\w$]*(?![\w$'":])/g, (name) => (KEYWORDS.test(name) ? name : shortNameOf(name)));
}
