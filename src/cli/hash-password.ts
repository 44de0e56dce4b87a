import { hashPassword } from '../sign-in/argon2id.ts';
import { type Command, EXIT_FINE, note, parseOptions, print, UsageError } from './command.ts';
import { readHidden, readPiped } from './read-hidden.ts';

/** In characters (SEC-D9.2): below the first refused, below the second advised against. */
const MIN_LENGTH = 8;
const GOOD_LENGTH = 15;
/** In bytes; sign-in refuses longer ones. */
const MAX_BYTES = 1024;

export const command: Command = {
  help: `framegate hash-password: makes the passwordHash of a user in the users file

Usage: framegate hash-password

Asks for the password twice without showing it, or reads it from standard input (one line break at its end does not
belong to it). Prints the argon2id hash. The password is never an argument: others can see those.
Example: printf %s "$PASSWORD" | framegate hash-password`,

  async run(args) {
    parseOptions(args, {});
    print(await hashPassword(await readPassword()));
    return EXIT_FINE;
  },
};

async function readPassword(): Promise<string> {
  const terminal = process.stdin.isTTY === true;
  const password = terminal ? await readHidden('Password: ') : await readPiped(MAX_BYTES + 2);
  if (Buffer.byteLength(password) > MAX_BYTES) throw new UsageError(`takes at most ${MAX_BYTES} bytes`);
  const length = [...password].length;
  if (length < MIN_LENGTH) throw new UsageError(`needs a password of at least ${MIN_LENGTH} characters, better ${GOOD_LENGTH}`);
  if (terminal && (await readHidden('Once more: ')) !== password)
    throw new UsageError('was given two different passwords; nothing was made');
  if (length < GOOD_LENGTH) note(`warning: shorter than ${GOOD_LENGTH} characters, so it is easier to guess than it should be`);
  return password;
}
