import { describe, expect, it } from 'vitest';
import type { PasswordUser } from '../../src/config/config.ts';
import type { Rule, Who } from '../../src/policy/rule.ts';
import { createLoginPolicy } from '../../src/sign-in/login-policy.ts';

const builtInAdmins = ['admin', 'admin@localhost'];
const ruleFor = (who: Partial<Who>): Rule => ({
  name: 'rule',
  who: { everyone: false, users: [], emails: [], domains: [], groups: [], ...who },
  may: ['everything'],
  upstream: undefined,
  role: undefined,
});

describe('createLoginPolicy', () => {
  it.each(['admin', 'ADMIN', 'Admin', 'admin@localhost', 'Admin@LocalHost'])('refuses the built-in administrator %s', (login) => {
    expect(createLoginPolicy({ builtInAdmins, rules: [] }).isRefusedLogin(login)).toBe(true);
  });

  it.each(['administrator', 'admin2', 'xadmin', 'alice', 'admin@example.com'])('lets %s pass', (login) => {
    expect(createLoginPolicy({ builtInAdmins, rules: [] }).isRefusedLogin(login)).toBe(false);
  });

  it('lets an administrator pass whom a rule names exactly, and no other spelling', () => {
    const { isRefusedLogin } = createLoginPolicy({ builtInAdmins, rules: [ruleFor({ groups: ['x'] }), ruleFor({ users: ['admin'] })] });
    expect(isRefusedLogin('admin')).toBe(false);
    expect(isRefusedLogin('Admin')).toBe(true);
    expect(isRefusedLogin('admin@localhost')).toBe(true);
  });

  it.each([
    { name: 'everyone', who: { everyone: true } },
    { name: 'a group of that name', who: { groups: ['admin'] } },
    { name: 'the e-mail', who: { emails: ['admin@localhost'] } },
    { name: 'the domain', who: { domains: ['localhost'] } },
  ])('does not take a rule for $name as naming the administrator', ({ who }) => {
    const { isRefusedLogin } = createLoginPolicy({ builtInAdmins, rules: [ruleFor(who)] });
    expect(isRefusedLogin('admin')).toBe(true);
    expect(isRefusedLogin('admin@localhost')).toBe(true);
  });

  it('SEC-R6 knows the password accounts in any case, disabled ones too', () => {
    const alice: PasswordUser = { name: 'Alice', passwordHash: '', email: undefined, displayName: undefined, groups: [], disabled: true };
    const { isPasswordAccount } = createLoginPolicy({ builtInAdmins, rules: [], users: [alice] });
    expect(['Alice', 'alice', 'ALICE'].map(isPasswordAccount)).toEqual([true, true, true]);
    expect(['alice2', 'constructor', 'toString'].map(isPasswordAccount)).toEqual([false, false, false]);
    expect(createLoginPolicy({ builtInAdmins, rules: [] }).isPasswordAccount('alice')).toBe(false);
  });
});
