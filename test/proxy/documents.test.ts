import { describe, expect, it } from 'vitest';
import { isActivity, isDocumentRequest } from '../../src/proxy/documents.ts';

describe('isDocumentRequest', () => {
  it.each(['document', 'iframe', 'frame'])('is a GET or HEAD for a %s', (dest) => {
    expect(isDocumentRequest('GET', { 'sec-fetch-dest': dest })).toBe(true);
    expect(isDocumentRequest('HEAD', { 'sec-fetch-dest': dest })).toBe(true);
    expect(isDocumentRequest('POST', { 'sec-fetch-dest': dest })).toBe(false);
  });

  it.each([undefined, '', 'empty', 'script', 'image', 'object', 'embed', 'worker', 'IFRAME'])('is not one for %j', (dest) => {
    expect(isDocumentRequest('GET', dest === undefined ? { accept: 'text/html' } : { 'sec-fetch-dest': dest })).toBe(false);
  });
});

describe('isActivity (SEC-D2.2)', () => {
  it.each([
    ['a navigation', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
    ['a frame', { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' }],
    ['a click', { 'sec-fetch-user': '?1' }],
  ])('SEC-D2.2 %s counts', (_name, headers) => {
    expect(isActivity('GET', headers)).toBe(true);
  });

  it.each([
    ['a fetch of auto-refresh', 'POST', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['an image', 'GET', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a WebSocket', 'GET', { 'sec-fetch-mode': 'websocket', 'sec-fetch-dest': 'empty' }],
    ['a client without Fetch Metadata', 'GET', {}],
    ['a user activation that is none', 'GET', { 'sec-fetch-user': '?0' }],
  ])('SEC-D2.2 %s does not', (_name, method, headers) => {
    expect(isActivity(method, headers)).toBe(false);
  });
});
