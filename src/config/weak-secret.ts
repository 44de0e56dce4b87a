// What is no secret although it is long enough (SEC-J5).

/** Shortest secret, in bytes (RFC 7518 3.2 for HS256). */
export const MIN_SECRET_BYTES = 32;

/** Fewest different bytes: random text of 32 hexadecimal digits has about 14. */
const MIN_DISTINCT = 8;

// Compared in lower case without anything but letters and digits.
const PLACEHOLDERS = [
  'changeme',
  'changethis',
  'changeit',
  'replaceme',
  'replacethis',
  'placeholder',
  'yoursecret',
  'mysecret',
  'supersecret',
  'notasecret',
  'insecure',
  'keyboardcat',
  'example',
  'pleaseset',
  'putyour',
  'insertyour',
  'password',
  'loremipsum',
];

/** Why the bytes are not fit to be a secret, or undefined. Never repeats any part of them. */
export function findWeakness(bytes: Buffer, minBytes: number = MIN_SECRET_BYTES): string | undefined {
  if (bytes.length === 0) return 'is empty';
  const text = bytes
    .toString('latin1')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  if (PLACEHOLDERS.some((word) => text.includes(word))) return 'is a placeholder or printed in documentation';
  if (bytes.length < minBytes) return `is shorter than ${minBytes} bytes (${bytes.length})`;
  if (new Set(bytes).size < MIN_DISTINCT) return 'has too few different characters';
  if (isRepetition(bytes)) return 'repeats a short piece';
  if (isSequence(bytes)) return 'is a row of neighbouring characters';
  return undefined;
}

function isRepetition(bytes: Buffer): boolean {
  for (let length = 1; length <= Math.min(20, bytes.length / 2); length++) {
    if (bytes.every((byte, index) => byte === bytes[index % length])) return true;
  }
  return false;
}

/** `0123456789abcdef...`: most steps from one byte to the next are one or none. */
function isSequence(bytes: Buffer): boolean {
  let steps = 0;
  for (let index = 1; index < bytes.length; index++) {
    if (Math.abs((bytes[index] ?? 0) - (bytes[index - 1] ?? 0)) <= 1) steps++;
  }
  return steps > 0.6 * (bytes.length - 1);
}
