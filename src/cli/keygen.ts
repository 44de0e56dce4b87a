import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { MIN_SECRET_BYTES } from '../config/weak-secret.ts';
import { type Command, EXIT_FINE, parseOptions, print, requireOption, UsageError } from './command.ts';

const RSA_BITS = 3072;
const PRIVATE_FILE = 'ticket-key.private.json';
const PUBLIC_FILE = 'ticket-key.jwks.json';
const SECRET_FILE = 'framegate.secret';

const GENERATORS = new Map<string, () => { publicKey: KeyObject; privateKey: KeyObject }>([
  ['EdDSA', () => generateKeyPairSync('ed25519')],
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['RS256', () => generateKeyPairSync('rsa', { modulusLength: RSA_BITS })],
]);

export const command: Command = {
  help: `framegate keygen: makes a key pair for tickets, or a secret

Usage: framegate keygen --out DIR [--algorithm EdDSA|ES256|RS256] [--kid ID]
       framegate keygen --secret --out FILE
       framegate keygen --secret --print

  --out          where to write; files that exist are never overwritten
  --algorithm    default EdDSA
  --kid          name of the key; default: made from the key itself
  --secret       a random text of ${MIN_SECRET_BYTES} bytes, for session.secretFile and the like
  --print        the secret to standard output instead of a file

Writes ${PRIVATE_FILE} (for the host application's server; nobody else may read it) and ${PUBLIC_FILE} (for framegate).
Example: framegate keygen --out keys`,

  async run(args) {
    const options = parseOptions(args, {
      out: { type: 'string' },
      algorithm: { type: 'string' },
      kid: { type: 'string' },
      secret: { type: 'boolean' },
      print: { type: 'boolean' },
    });
    if (options.secret === true) {
      if (options.algorithm !== undefined || options.kid !== undefined) throw new UsageError('makes a secret or a key pair, not both');
      writeSecret(options.print === true ? undefined : requireOption(options.out, 'out FILE, or --print'));
    } else {
      if (options.print === true) throw new UsageError('prints secrets only, not key pairs. Give --out DIR');
      await writeKeyPair(requireOption(options.out, 'out DIR'), options.algorithm ?? 'EdDSA', options.kid);
    }
    return EXIT_FINE;
  },
};

function writeSecret(out: string | undefined): void {
  const secret = randomBytes(MIN_SECRET_BYTES).toString('base64url');
  if (out === undefined) {
    print(secret);
    return;
  }
  const file = isDirectory(out) ? join(out, SECRET_FILE) : resolve(out);
  refuseExisting(file);
  mkdirSync(dirname(file), { recursive: true });
  writeNew(file, `${secret}\n`, 0o600);
  print(`secret  ${resolve(file)}\n\nFor framegate.yaml:\n\nsession:\n  secretFile: ${yamlText(resolve(file))}`);
}

async function writeKeyPair(out: string, algorithm: string, kid: string | undefined): Promise<void> {
  const generate = GENERATORS.get(algorithm);
  if (generate === undefined) throw new UsageError(`does not make this algorithm. Choose ${[...GENERATORS.keys()].join(', ')}`);
  const privateFile = resolve(out, PRIVATE_FILE);
  const publicFile = resolve(out, PUBLIC_FILE);
  refuseExisting(privateFile);
  refuseExisting(publicFile);
  const { publicKey, privateKey } = generate();
  const publicJwk = publicKey.export({ format: 'jwk' }) as JWK;
  const names = { alg: algorithm, kid: kid ?? (await calculateJwkThumbprint(publicJwk)).slice(0, 16) };
  mkdirSync(out, { recursive: true });
  writeNew(privateFile, `${JSON.stringify({ ...names, ...privateKey.export({ format: 'jwk' }) }, null, 2)}\n`, 0o600);
  writeNew(publicFile, `${JSON.stringify({ keys: [{ ...names, use: 'sig', ...publicJwk }] }, null, 2)}\n`, 0o644);
  print(`private key  ${privateFile}  (for the host application's server only)
public keys  ${publicFile}  (for framegate)

For framegate.yaml, with your host application's URL:

signIn:
  tickets:
    - issuer: https://app.example.com
      algorithms: [${algorithm}]
      jwksFile: ${yamlText(publicFile)}

A ticket to try it, with framegate's publicUrl as audience:

framegate ticket --key ${privateFile} --issuer https://app.example.com --audience https://dash.example.com --subject alice`);
}

/** Fails when the file appeared in the meantime, rather than overwrite a key in use. */
function writeNew(file: string, content: string, mode: number): void {
  writeFileSync(file, content, { flag: 'wx', mode });
}

function refuseExisting(file: string): void {
  if (existsSync(file)) throw new UsageError(`does not overwrite ${file}. Choose another place, or remove it first`);
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const yamlText = (text: string): string => (/^[\w./-]+$/.test(text) ? text : JSON.stringify(text));
