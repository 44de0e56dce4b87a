// framegate's own pages as a person meets them: by keyboard, by a screen reader's names, light and dark, and with
// nothing that their own Content-Security-Policy refuses.

import type { Frame, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { DASHBOARD_PATH, OLGA, type Scene, useScene } from './scene.ts';
import { describeInBrowser, expectDrawn, frameOf, inFrame, signInAtTop, type TestBrowser } from './support.ts';

/** WCAG 2.2, 1.4.3 for text and 1.4.11 for the edge of a field or button. */
const LEAST_CONTRAST = { text: 4.5, edge: 3 };

const FIND_PALE = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  function luminance([red, green, blue]) {
    const [r, g, b] = [red, green, blue].map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function background(element) {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if ((color[3] ?? 1) === 1) return color;
    }
    return [255, 255, 255];
  }
  function contrast(one, other) {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  }
  const texts = [...document.querySelectorAll('h1, p, label, input, button, a, dt, dd')].filter((one) => one.textContent.trim() !== '' || one.value);
  const edges = [...document.querySelectorAll('input:not([type="hidden"]), button, .button')];
  return [
    ...texts.filter((one) => contrast(parse(getComputedStyle(one).color), background(one)) < ${LEAST_CONTRAST.text}),
    ...edges.filter((one) => contrast(parse(getComputedStyle(one).borderTopColor), background(one.parentElement)) < ${LEAST_CONTRAST.edge}),
  ].map((one) => one.outerHTML);
})()`;

async function openSignedIn(browser: TestBrowser, scene: Scene, path: string): Promise<Page> {
  const page = await browser.open(`${scene.gateUrl}/_gate/login?returnTo=/_gate/session`);
  await signInAtTop(page, OLGA);
  await page.getByText('Olga Lind').or(page.getByTestId('user-name')).first().waitFor();
  await page.goto(scene.gateUrl + path);
  return page;
}

async function openDenied(browser: TestBrowser, scene: Scene): Promise<Frame> {
  scene.viewer = { subject: 'gina', groups: [] };
  const page = await browser.open(scene.showEmbedding());
  await inFrame(page).getByRole('heading', { name: 'No access' }).waitFor();
  return frameOf(page);
}

const PAGES: Readonly<Record<string, (browser: TestBrowser, scene: Scene) => Promise<Page | Frame>>> = {
  'the sign-in page': (browser, { gateUrl }) => browser.open(`${gateUrl}/_gate/login`),
  'the sign-in page after a wrong password': async (browser, { gateUrl }) => {
    const page = await browser.open(`${gateUrl}/_gate/login`);
    await signInAtTop(page, { ...OLGA, password: 'not the password of olga' });
    await page.getByRole('alert').waitFor();
    return page;
  },
  'the page that asks to continue': (browser, scene) => openSignedIn(browser, scene, `/_gate/login?challenge=${'c'.repeat(43)}`),
  'the session page': (browser, scene) => openSignedIn(browser, scene, '/_gate/session'),
  'a page that is not there': (browser, { gateUrl }) => browser.open(`${gateUrl}/_gate/nothing`),
  'the card in the frame': async (browser, scene) => {
    const page = await browser.open(scene.showFrame());
    await inFrame(page).getByRole('button').waitFor();
    return frameOf(page);
  },
  'the denial in the frame': openDenied,
};

for (const colorScheme of ['light', 'dark'] as const) {
  describeInBrowser(
    `own pages, ${colorScheme}`,
    (browser) => {
      const scene = useScene();

      it.each(Object.entries(PAGES))('%s: can be read, is named, and violates no policy of its own', async (_name, open) => {
        const page = await open(browser, scene);
        expect(await page.title()).toMatch(/ - Dashboards$/);
        expect(await page.locator('html[lang="en"] main h1').count()).toBe(1);
        const nameless = `[...document.querySelectorAll('input:not([type=hidden])')].filter(({ labels }) => labels.length !== 1).length`;
        expect(await page.evaluate(nameless)).toBe(0);
        const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
        expect(Number(/\d+/.exec(background)?.[0]) < 128).toBe(colorScheme === 'dark');
        expect(await page.evaluate<string[]>(FIND_PALE)).toEqual([]);
        expect(browser.complaints.filter((text) => /policy|violat|refused/i.test(text))).toEqual([]);
      });
    },
    { colorScheme },
  );
}

describeInBrowser('own pages by keyboard', (browser) => {
  const scene = useScene();

  it('the sign-in page has the cursor in its first field, and is sent by Enter', async () => {
    const page = await browser.open(scene.gateUrl + DASHBOARD_PATH);
    await page.locator('input[name="username"]:focus').waitFor();
    await page.keyboard.type(OLGA.name);
    await page.keyboard.press('Tab');
    await page.keyboard.type(OLGA.password);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Sign in');
    await page.keyboard.press('Enter');
    await page.getByTestId('dashboard').waitFor();
    expect(new URL(page.url()).pathname).toBe('/d/plant-a/plant-a-cooling-water');
  });

  it('a wrong password leaves the cursor in its field, which the error describes', async () => {
    const page = await browser.open(`${scene.gateUrl}/_gate/login`);
    await signInAtTop(page, { ...OLGA, password: 'not the password of olga' });
    await page.getByRole('alert').waitFor();
    const focused = page.locator('input:focus');
    expect(await focused.getAttribute('name')).toBe('password');
    expect(await focused.getAttribute('aria-describedby')).toBe(await page.getByRole('alert').getAttribute('id'));
  });

  it("the card's button opens the window by Enter", async () => {
    const page = await browser.open(scene.showFrame());
    await inFrame(page).getByRole('button').focus();
    const opening = browser.context.waitForEvent('page');
    await page.keyboard.press('Enter');
    await signInAtTop(await opening, OLGA);
    await expectDrawn(page);
  });

  it('the session page signs out', async () => {
    const page = await openSignedIn(browser, scene, '/_gate/session');
    await page.getByRole('button', { name: 'Sign out' }).press('Enter');
    await page.getByLabel('Password').waitFor();
    expect((await browser.context.cookies(scene.gateUrl)).map(({ name }) => name)).not.toContain('__Host-framegate');
  });
});

describeInBrowser('own pages in the frame of a single panel', (browser) => {
  const scene = useScene();

  it.each([
    [450, 200],
    [280, 180],
  ])('the card of %i by %i pixels shows its button without scrolling', async (width, height) => {
    const page = await browser.open(scene.showFrame());
    await page.evaluate(`document.querySelector('iframe').style.cssText = 'width:${width}px;height:${height}px;border:0'`);
    const button = inFrame(page).getByRole('button', { name: 'Sign in' });
    await button.waitFor();
    const bottom = (await frameOf(page)).evaluate<number>(`document.querySelector('button').getBoundingClientRect().bottom`);
    expect(await bottom).toBeLessThanOrEqual(height);
    expect(await (await frameOf(page)).evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });
});
