// The ground that the other tests stand on: the browser really keeps cookies and storage from a frame of another site.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Listening, listen } from './scene.ts';
import { describeInBrowser, frameOf, type TestBrowser } from './support.ts';

const COOKIES = ['plain=1; Path=/; Secure; SameSite=None', 'partitioned=1; Path=/; Secure; SameSite=None; Partitioned'];
const UNASKED_WINDOW = `<script>document.title = window.open('about:blank') === null ? 'blocked' : 'open'</script>`;
const READ_STORAGE = `(() => { try { localStorage.setItem('key', 'value'); return localStorage.getItem('key'); } catch (error) { return error.name; } })()`;

/** A site that sets both sorts of cookies, and a page of another site around it. */
function useProbe(): { framed: () => string; page: () => string; cookies: string[] } {
  let server: Listening;
  const cookies: string[] = [];
  const otherSite = (): string => server.url.replace('127.0.0.1', 'localhost');
  beforeAll(async () => {
    server = await listen((req, res) => {
      res.setHeader('Content-Type', 'text/html');
      if (req.url === '/cookies') cookies.push(req.headers.cookie ?? '');
      if (req.url === '/framed') res.setHeader('Set-Cookie', COOKIES);
      res.end(req.url === '/page' ? `<iframe title="Dashboard" src="${otherSite()}/framed"></iframe>${UNASKED_WINDOW}` : '');
    });
  });
  afterAll(() => server.close());
  return { framed: () => `${otherSite()}/framed`, page: () => `${server.url}/page`, cookies };
}

/** Visits the site as such, so that it has its cookies, and then in the frame. */
async function probe(browser: TestBrowser, { framed, page, cookies }: ReturnType<typeof useProbe>) {
  const own = await browser.open(framed());
  const ownStorage = await own.evaluate<string>(READ_STORAGE);
  const frame = await frameOf(await browser.open(page()));
  await frame.waitForURL(framed());
  await frame.evaluate(`fetch('/cookies')`);
  return { ownStorage, frameStorage: await frame.evaluate<string>(READ_STORAGE), sent: cookies.splice(0) };
}

describeInBrowser('a browser that blocks third-party cookies', (browser) => {
  const site = useProbe();

  it('throws SecurityError at the use of localStorage in a cross-site frame, and not at top level', async () => {
    expect(await probe(browser, site)).toMatchObject({ ownStorage: 'value', frameStorage: 'SecurityError' });
  });

  it('SEC-C4 sends a partitioned cookie from a cross-site frame, and no other', async () => {
    expect((await probe(browser, site)).sent).toEqual(['partitioned=1']);
  });

  it('blocks a window that nobody asked for', async () => {
    const page = await browser.open(site.page());
    expect(await page.title()).toBe('blocked');
  });
});

describeInBrowser(
  'a browser that allows them',
  (browser) => {
    const site = useProbe();

    it('gives a cross-site frame its storage and both cookies', async () => {
      const { frameStorage, sent } = await probe(browser, site);
      expect(frameStorage).toBe('value');
      expect(sent[0]?.split('; ').sort()).toEqual(['partitioned=1', 'plain=1']);
    });
  },
  { thirdParty: 'allowed' },
);
