import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext } from 'puppeteer-core';
import { expect, it } from 'vitest';
import { createConsoleSuite } from '#test/fakes/console-suite.ts';
import { openTab } from '#test/fixtures/console-tab.ts';
import { startFakeConsole } from './console-on-fake.ts';
import { addDay, addRefused, REFUSED_ID } from './sample-lives.ts';

const PAGES = [
  ['now', '#/', 'in all'],
  ['position', `#/position/${REFUSED_ID}`, 'not enough balance'],
  ['history', '#/history', 'Equity'],
] as const;
const SIZES = [
  ['wide', 1280, 800],
  ['narrow', 390, 844],
] as const;
/** Until charts and prices are drawn; a picture is for people. */
const DRAWN = 'new Promise((done) => setTimeout(done, 1_500))';

/** Pictures of every page, dark and light, wide and narrow, for paper and for real money. */
export function describePictures(context: () => BrowserContext, folder: string): void {
  it.each(['paper', 'live'] as const)('pictures of stage %s', async (mode) => {
    mkdirSync(folder, { recursive: true });
    const about = mode === 'live' ? { isLive: true, stage: 'live', place: 'stage live in eu-west-1' } : {};
    const served = await startFakeConsole(createConsoleSuite(about));
    addDay(served.suite, mode);
    addRefused(served.suite);
    for (const scheme of ['light', 'dark'] as const) {
      for (const [size, width, height] of SIZES) {
        const tab = await openTab(context(), served.address, { width, height, scheme });
        for (const [name, hash, text] of PAGES) {
          await tab.read(`location.hash = ${JSON.stringify(hash)}`);
          await tab.shows('main', text);
          await tab.read(DRAWN);
          await tab.page.screenshot({
            path: join(folder, `${name}-${mode}-${scheme}-${size}.png`),
            fullPage: size === 'narrow',
          });
        }
        expect(tab.complaints).toEqual([]);
        await tab.close();
      }
    }
    await served.stop();
  });
}
