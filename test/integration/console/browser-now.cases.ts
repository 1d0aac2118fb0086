import type { BrowserContext } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { focusOf, openTab, type Tab } from '#test/fixtures/console-tab.ts';
import { type FakeConsole, startFakeConsole } from './console-on-fake.ts';
import { addMany, addRefused, REFUSED_ID } from './sample-lives.ts';

const COUNT = 1_000;
/** With its margins a screen of 900 pixels has far fewer rows. */
const DRAWN_COUNT_MAX = 80;

const rowAt = (index: number): string => `tr[data-index="${index}"]`;
const drawnCount = (tab: Tab): Promise<unknown> => tab.read('document.querySelectorAll("tr[data-index]").length');
/** Whether a reader sees rows wherever the table is on the screen. */
const isFilled = (tab: Tab): Promise<unknown> =>
  tab.read(`(() => {
    const body = document.querySelector('table.positions tbody').getBoundingClientRect();
    const from = Math.max(body.top + 5, document.querySelector('.band').getBoundingClientRect().bottom + 5);
    const to = Math.min(body.bottom, innerHeight) - 5;
    const heights = [from, (from + to) / 2, to];
    return heights.every((y) => document.elementFromPoint(200, y)?.closest('tr[data-index]') != null);
  })()`);

export function describeThousand(context: () => BrowserContext): void {
  describe('a thousand positions', () => {
    let served: FakeConsole;
    let tab: Tab;

    beforeAll(async () => {
      served = await startFakeConsole();
      addMany(served.suite, COUNT);
      tab = await openTab(context(), served.address);
      await tab.shows('main', '1000 in all');
      await tab.shows(rowAt(0), 'market-0');
    });
    afterAll(async () => {
      await tab?.close();
      await served?.stop();
    });

    it('are scrolled to the end with the wheel: few rows are drawn, and none is missing', async () => {
      await tab.page.mouse.move(300, 600);
      for (;;) {
        const before = Number(await tab.read('scrollY'));
        await tab.page.mouse.wheel({ deltaY: 7_000 });
        await expect.poll(() => isFilled(tab)).toBe(true);
        expect(await drawnCount(tab)).toBeLessThanOrEqual(DRAWN_COUNT_MAX);
        const isAtEnd = await tab.read('scrollY + innerHeight >= document.documentElement.scrollHeight - 1');
        if (isAtEnd === true) break;
        await expect.poll(() => tab.read('scrollY')).toBeGreaterThan(before);
      }
      await tab.shows(rowAt(COUNT - 1), `market-${COUNT - 1}`);
      expect(await tab.read('document.querySelectorAll("tr[data-index]")[0].dataset.index > 900')).toBe(true);
    });

    it('are walked through with the arrows: the focus stays on the row and the row in sight', async () => {
      await tab.read('scrollTo(0, 0)');
      await tab.shows(rowAt(0), 'market-0');
      // The last rows of the walk are not drawn when it begins.
      expect(await tab.read(`document.querySelector('${rowAt(44)}') === null`)).toBe(true);
      await tab.read(`document.querySelector('${rowAt(24)} a').focus()`);
      for (let at = 25; at < 45; at += 1) {
        await tab.press('ArrowDown');
        await expect.poll(async () => (await focusOf(tab)).row, { interval: 20 }).toBe(at);
      }
      expect(await focusOf(tab)).toEqual({ name: expect.stringContaining('market-44'), row: 44, isVisible: true });
      expect(await drawnCount(tab)).toBeLessThanOrEqual(DRAWN_COUNT_MAX);
      await tab.press('k');
      await expect.poll(async () => (await focusOf(tab)).row).toBe(43);
    });

    it('keep the row that has the focus while rows change and come before it', async () => {
      addRefused(served.suite);
      await expect.poll(async () => (await focusOf(tab)).row).toBe(44);
      expect((await focusOf(tab)).name).toContain('market-43');
      await tab.read('scrollTo(0, 0)');
      await tab.shows(rowAt(0), 'exiting');
    });

    it('are filtered, and counted', async () => {
      await tab.press('/');
      await tab.page.keyboard.type('market-777');
      await tab.shows('main', '1 of 1001');
      await tab.shows(rowAt(0), 'market-777');
      expect(await tab.read(`document.querySelector('table.positions').getAttribute('aria-rowcount')`)).toBe('2');
    });
  });
}

export function describeKeyboard(context: () => BrowserContext): void {
  describe('without a mouse', () => {
    let served: FakeConsole;
    let tab: Tab;

    beforeAll(async () => {
      served = await startFakeConsole();
      addMany(served.suite, 30);
      addRefused(served.suite);
      tab = await openTab(context(), served.address);
      await tab.shows('main', '31 in all');
    });
    afterAll(async () => {
      await tab?.close();
      await served?.stop();
    });

    it('the first stop skips to the content, and every stop shows that it has the focus', async () => {
      await tab.press('Tab');
      expect(await focusOf(tab)).toMatchObject({ name: 'button Skip to the content', isVisible: true });
      await tab.press('Enter');
      expect((await focusOf(tab)).name).toMatch(/^main/);
      const seen: string[] = [];
      for (let stop = 0; stop < 8; stop += 1) {
        await tab.press('Tab');
        const { name, isVisible } = await focusOf(tab);
        seen.push(name);
        expect(`${name}: ${isVisible ? 'visible' : 'hidden'}`).toBe(`${name}: visible`);
      }
      expect(seen).toContain('input filter');
      expect(seen.some((name) => name.startsWith('a '))).toBe(true);
    });

    it('a row opens its position, and going back returns to the row', async () => {
      await tab.read('document.activeElement.blur()');
      await tab.press('j', 'j', 'k');
      await expect.poll(async () => (await focusOf(tab)).row).toBe(0);
      await tab.press('Enter');
      await tab.shows('h1', 'BTC 5m UP');
      expect(await tab.read('location.hash')).toBe(`#/position/${REFUSED_ID}`);
      await tab.shows('.timeline', 'not enough balance / allowance');
      expect((await focusOf(tab)).name).toMatch(/^main/);
      await tab.read('history.back()');
      await expect.poll(async () => (await focusOf(tab)).row).toBe(0);
    });

    it('? shows the keys, Escape closes them and gives the focus back, also a second time', async () => {
      for (let round = 0; round < 2; round += 1) {
        await tab.press('?');
        await tab.shows('dialog[open]', 'next position');
        // Letters belong to the dialog.
        await tab.press('j');
        expect((await focusOf(tab)).name).toBe('button Close');
        await tab.press('Escape');
        await expect.poll(() => tab.read('document.querySelector("dialog[open]") === null')).toBe(true);
        expect((await focusOf(tab)).row).toBe(0);
      }
      await tab.press('?');
      await tab.shows('dialog[open]', 'next position');
      await tab.press('Enter');
      await expect.poll(() => tab.read('document.querySelector("dialog[open]") === null')).toBe(true);
    });

    it('a letter opens a page, from whichever page', async () => {
      await tab.read(`location.hash = '#/position/${REFUSED_ID}'`);
      await tab.shows('h1', 'BTC 5m UP');
      await tab.press('h');
      await tab.shows('h1', 'History');
      await tab.press('n');
      await expect.poll(() => tab.read('location.hash')).toBe('#/');
      await tab.shows('main', '31 in all');
    });
  });
}

export function describeAbsence(context: () => BrowserContext): void {
  describe('what goes away', () => {
    let served: FakeConsole;
    let tab: Tab;

    afterEach(async () => {
      await tab.close();
      await served.stop();
    });
    const open = async (): Promise<void> => {
      served = await startFakeConsole();
      addMany(served.suite, 3);
      tab = await openTab(context(), served.address);
      await tab.shows('main', '3 in all');
    };

    it('the suite: the page says so and since when, keeps what it had, and goes on', async () => {
      await open();
      expect(await tab.text('.link-notice')).toBe('');
      served.suite.failure = 'ECONNREFUSED';
      await tab.shows('.link-notice', /The suite is not reachable since .*What is shown is of .*ECONNREFUSED/s);
      expect(await tab.text('main')).toContain('3 in all');
      addMany(served.suite, 5);
      served.suite.failure = null;
      await tab.shows('main', '5 in all');
      expect(await tab.text('.link-notice')).toBe('');
    });

    it('the console itself: the same, without a reload', async () => {
      await open();
      await tab.read('window.__isSamePage = true');
      await served.stopServer();
      await tab.shows('.link-notice', /The console is not reachable since .*What is shown is of /s);
      expect(await tab.text('main')).toContain('3 in all');
      addMany(served.suite, 4);
      await served.startServer();
      await tab.shows('main', '4 in all');
      expect(await tab.text('.link-notice')).toBe('');
      expect(await tab.read('window.__isSamePage')).toBe(true);
    });
  });
}
