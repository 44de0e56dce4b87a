import { describe, expect, it } from 'vitest';
import { ERROR_TABLE, type ErrorCode, FramegateError, MisuseError } from '../../src/kernel/errors.ts';

const rows = Object.entries(ERROR_TABLE) as [ErrorCode, (typeof ERROR_TABLE)[ErrorCode]][];

describe('ERROR_TABLE', () => {
  it.each(rows)('%s has an error status, a title and a whole sentence', (_code, { status, title, sentence }) => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThanOrEqual(599);
    expect(title).toMatch(/^[A-Z][a-zA-Z -]+$/);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  it('says the same to a person who guesses names and to one who guesses passwords (SEC-R10)', () => {
    expect(ERROR_TABLE.FRAMEGATE_SIGN_IN_REFUSED.sentence).toBe('The user name or the password is wrong.');
  });
});

describe('FramegateError', () => {
  it('takes its status from the table', () => {
    for (const [code, { status }] of rows) expect(new FramegateError(code).status).toBe(status);
  });

  it('keeps cause, reason and message for the log', () => {
    const cause = new Error('ECONNREFUSED 10.0.0.1:3000');
    const error = new FramegateError('FRAMEGATE_UPSTREAM_DOWN', { cause, reason: 'econnrefused', retryAfterSeconds: 5 });
    expect(error).toMatchObject({ name: 'FramegateError', cause, reason: 'econnrefused', message: 'econnrefused', retryAfterSeconds: 5 });
    expect(new FramegateError('FRAMEGATE_FORBIDDEN').message).toBe('No access');
  });

  it('a mistake of the host application is a TypeError of its own', () => {
    expect(new MisuseError('write X')).toBeInstanceOf(TypeError);
    expect(new MisuseError('write X').name).toBe('MisuseError');
  });
});
