import { afterAll, describe, expect, it } from 'vitest';
import { startChromium } from '#test/fixtures/chromium.ts';
import { describeLife } from './browser-life.cases.ts';
import { describeLook } from './browser-look.cases.ts';
import { describeAbsence, describeKeyboard, describeThousand } from './browser-now.cases.ts';
import { describePictures } from './browser-pictures.cases.ts';
import { describeForeign, describeInjection } from './browser-safety.cases.ts';

const started = await startChromium();

describe('the console in a browser', () => {
  if ('missing' in started) {
    it(`is not driven here: ${started.missing}`, () => undefined);
    return;
  }
  const { browser, stop } = started;
  const context = () => browser.defaultBrowserContext();
  afterAll(stop);
  describeLife(context);
  describeThousand(context);
  describeKeyboard(context);
  describeAbsence(context);
  describeInjection(context);
  describeForeign(context);
  describeLook(context);
  const { CONSOLE_PICTURES: folder } = process.env;
  if (folder !== undefined) describePictures(context, folder);
});

describe('where no Chromium starts', () => {
  it('says which one did not and how to name another', async () => {
    expect(await startChromium('/no/such/chromium')).toEqual({
      missing: expect.stringMatching(/^no Chromium starts here \(CHROMIUM_PATH names one\): .*\/no\/such\/chromium/),
    });
  });
});
