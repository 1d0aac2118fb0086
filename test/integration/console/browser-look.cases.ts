import type { BrowserContext } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsoleSuite } from '#test/fakes/console-suite.ts';
import { openTab, type Tab } from '#test/fixtures/console-tab.ts';
import { contrastOf, PAINTED_TEXTS, tooFaint } from '#test/fixtures/contrast.ts';
import { type FakeConsole, startFakeConsole } from './console-on-fake.ts';
import { addEnded, addMany, addRefused, REFUSED_ID } from './sample-lives.ts';

/** Each page with something that it shows once it is drawn. */
const SHOWN: readonly (readonly [hash: string, text: string])[] = [
  ['#/', 'in all'],
  ['#/history', 'Equity'],
  [`#/position/${REFUSED_ID}`, 'not enough balance / allowance'],
];

export function describeLook(context: () => BrowserContext): void {
  describe('how it looks', () => {
    let paper: FakeConsole;
    let live: FakeConsole;
    const tabs: Tab[] = [];

    beforeAll(async () => {
      live = await startFakeConsole(createConsoleSuite({ isLive: true, stage: 'live' }));
      paper = await startFakeConsole();
      for (const { suite } of [paper, live]) {
        addMany(suite, 3);
        addRefused(suite);
        addEnded(suite);
        const halt = { sinceMs: Date.now(), by: 'alice', reason: 'x'.repeat(200) };
        suite.halts.set('paper', halt);
        const found = `a-very-long-name-of-a-queue-${'y'.repeat(80)}`;
        suite.checks = [{ name: 'alarms', status: 'red', isHard: false, found, advice: 'look at it' }];
      }
    });
    afterAll(async () => {
      for (const tab of tabs) await tab.close();
      await Promise.all([paper.stop(), live.stop()]);
    });

    it.each([
      ['light', 'paper'],
      ['dark', 'paper'],
      ['light', 'live'],
      ['dark', 'live'],
    ] as const)('every text of every page can be read, %s, %s', async (scheme, mode) => {
      const served = mode === 'live' ? live : paper;
      const tab = await openTab(context(), served.address, { scheme });
      tabs.push(tab);
      for (const [hash, text] of SHOWN) {
        await tab.read(`location.hash = ${JSON.stringify(hash)}`);
        await tab.shows('main', text);
        await tab.press('?');
        await tab.shows('dialog[open]', 'Keys');
        const texts = JSON.parse(String(await tab.read(PAINTED_TEXTS)));
        expect(texts.length).toBeGreaterThan(20);
        expect(tooFaint(texts)).toEqual([]);
        await tab.press('Escape');
      }
      const band = String(await tab.read(`getComputedStyle(document.querySelector('.band')).backgroundColor`));
      expect(band === PAPER_BAND[scheme]).toBe(mode === 'paper');
      expect(tab.complaints).toEqual([]);
      expect(tab.requests.filter((url) => new URL(url).origin !== served.url)).toEqual([]);
    });

    it.each([360, 700, 1_000])('nothing is wider than a screen of %i pixels', async (width) => {
      const tab = await openTab(context(), paper.address, { width, height: 740 });
      tabs.push(tab);
      for (const [hash, text] of SHOWN) {
        await tab.read(`location.hash = ${JSON.stringify(hash)}`);
        await tab.shows('main', text);
        expect(await tab.read('document.documentElement.scrollWidth')).toBe(width);
      }
    });
  });

  it('measures contrast as WCAG does', () => {
    expect(contrastOf([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
    const text = { text: 'grey', color: 'rgb(119, 119, 119)', backgrounds: [], opacity: 1, sizePx: 16, weight: 400 };
    expect(tooFaint([text])).toEqual(['4.48: grey (rgb(119, 119, 119) on )']);
    expect(tooFaint([{ ...text, sizePx: 24 }])).toEqual([]);
  });
}

const PAPER_BAND = { light: 'rgb(74, 90, 112)', dark: 'rgb(59, 74, 96)' } as const;
