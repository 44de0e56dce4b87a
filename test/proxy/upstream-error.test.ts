import { describe, expect, it } from 'vitest';
import { FramegateError } from '../../src/kernel/errors.ts';
import { upstreamError } from '../../src/proxy/upstream-error.ts';

const failure = (code: string) => Object.assign(new Error(`connect ${code} 10.0.0.1:3000`), { code });

describe('upstreamError (PRX-28)', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', 'EACCES', 'EAGAIN'])(
    'PRX-28 %s: 503, with the time to come back',
    (code) => {
      expect(upstreamError(failure(code))).toMatchObject({ code: 'FRAMEGATE_UPSTREAM_DOWN', status: 503, retryAfterSeconds: 5 });
    },
  );

  it('PRX-28 ETIMEDOUT: 504', () => {
    expect(upstreamError(failure('ETIMEDOUT'))).toMatchObject({ code: 'FRAMEGATE_UPSTREAM_TIMEOUT', status: 504 });
  });

  it.each(['ECONNRESET', 'EPIPE', 'HPE_INVALID_CONSTANT', 'ERR_INVALID_CHAR', 'CERT_HAS_EXPIRED', 'EPROTO'])('PRX-28 %s: 502', (code) => {
    expect(upstreamError(failure(code))).toMatchObject({ code: 'FRAMEGATE_UPSTREAM_PROTOCOL', status: 502, reason: code.toLowerCase() });
  });

  it.each([
    'CERT_HAS_EXPIRED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s: the log says where the CA is named', (code) => {
    const error = upstreamError(failure(code));
    expect(error).toMatchObject({ code: 'FRAMEGATE_UPSTREAM_PROTOCOL', reason: code.toLowerCase() });
    expect(error.message).toContain('tls.caFile');
    expect(upstreamError(failure('ECONNRESET')).message).not.toContain('tls.caFile');
  });

  it.each([undefined, null, 'text', 1, {}, new Error('no code'), { code: 7 }])('anything else, such as %j: 502', (cause) => {
    expect(upstreamError(cause)).toMatchObject({ code: 'FRAMEGATE_UPSTREAM_PROTOCOL', reason: 'protocol' });
  });

  it('looks into an error of several addresses', () => {
    expect(upstreamError(new AggregateError([failure('ECONNREFUSED'), failure('ECONNREFUSED')])).code).toBe('FRAMEGATE_UPSTREAM_DOWN');
    expect(upstreamError(new AggregateError([])).code).toBe('FRAMEGATE_UPSTREAM_PROTOCOL');
  });

  it('leaves an error of ours as it is', () => {
    const own = new FramegateError('FRAMEGATE_BUSY');
    expect(upstreamError(own)).toBe(own);
  });

  it('keeps the address of the upstream out of what a person reads', () => {
    const { message, cause } = upstreamError(failure('ECONNREFUSED'));
    expect(message).not.toContain('10.0.0.1');
    expect(String(cause)).toContain('10.0.0.1');
  });
});
