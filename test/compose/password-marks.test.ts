import { describe, expect, it } from 'vitest';
import { createPasswordMarks } from '../../src/compose/password-marks.ts';
import type { PasswordUser } from '../../src/config/config.ts';

const user = (passwordHash: string): PasswordUser => ({
  name: 'pat',
  passwordHash,
  email: undefined,
  displayName: undefined,
  groups: [],
  disabled: false,
});

describe('the mark of a password', () => {
  it('changes with its hash, and with the key', () => {
    const marks = createPasswordMarks(['one']);
    const made = marks.of(user('a'));
    expect(made).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(marks.isOf(made, user('a'))).toBe(true);
    expect(marks.isOf(made, user('b'))).toBe(false);
    expect(createPasswordMarks(['two']).isOf(made, user('a'))).toBe(false);
  });

  it('of an earlier key counts as long as that key is there', () => {
    const made = createPasswordMarks(['old']).of(user('a'));
    const rotated = createPasswordMarks(['new', 'old']);
    expect(rotated.isOf(made, user('a'))).toBe(true);
    expect(rotated.of(user('a'))).not.toBe(made);
  });

  it.each([undefined, ''])('%j is that of nobody', (mark) => {
    expect(createPasswordMarks(['one']).isOf(mark, user('a'))).toBe(false);
    expect(createPasswordMarks([]).isOf(mark, user('a'))).toBe(false);
  });
});
