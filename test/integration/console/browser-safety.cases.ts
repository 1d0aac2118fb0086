import type { BrowserContext } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AddRoutes } from '#lib/console/server/start-console.ts';
import { type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';
import { openTab, type Tab } from '#test/fixtures/console-tab.ts';
import { type FakeConsole, startFakeConsole, TOKEN } from './console-on-fake.ts';
import { addEnded, addMany, addRefused, REFUSED_ID } from './sample-lives.ts';

/** Runs in a page that takes texts for HTML, by an event or by a script, wherever it stands. */
const EVIL = `"'><img src=x onerror="window.__hit=1"><script>window.__hit=1</script><b>&amp;`;

/** Words that the page compares, and never shows as they are. */
const CODES = new Set([
  'state',
  'tone',
  'stateTone',
  'resultTone',
  'status',
  'kind',
  'mode',
  'resultMicros',
  'positionId',
]);

/** The same answer with the text behind every text that is shown. */
function inject(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return CODES.has(name) ? value : `${value}${EVIL}`;
  if (Array.isArray(value)) return value.map((each) => inject(each, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inject(each, key)]));
}

/** Changes every answer of the API on its way, lines of streams as well. */
const injectAll: AddRoutes = (app) => {
  app.addHook('onRequest', async (request, { raw }) => {
    if (request.url !== '/api/now') return;
    const write = raw.write.bind(raw);
    Object.assign(raw, { write: (line: string) => write(`${JSON.stringify(inject(JSON.parse(line)))}\n`) });
  });
  app.addHook('preSerialization', async (_request, _reply, payload) => inject(payload));
};

export function describeInjection(context: () => BrowserContext): void {
  describe('texts of others', () => {
    let served: FakeConsole;
    let tab: Tab;

    beforeAll(async () => {
      served = await startFakeConsole(undefined, [injectAll]);
      const { suite } = served;
      addMany(suite, 3);
      addRefused(suite);
      addEnded(suite);
      suite.halts.set('paper', { sinceMs: Date.now(), by: 'alice', reason: 'maintenance' });
      const parts = [{ kind: 'alarm', name: 'a', id: 'b', status: 'warning', found: 'c', advice: 'd' }] as const;
      suite.checks = [
        { name: 'alarms', status: 'red', isHard: false, found: 'it rings', advice: 'look' },
        { name: 'parts', status: 'warning', isHard: false, found: 'one is odd', advice: null, parts },
      ];
      tab = await openTab(context(), served.address);
      await tab.shows('main', '5 in all');
    });
    afterAll(async () => {
      await tab?.close();
      await served?.stop();
    });

    /** The words before each text that was put in, which show that the field is there. */
    async function expectHarmless(...before: readonly string[]): Promise<void> {
      for (const words of before) await tab.shows('body', `${words}${EVIL}`);
      const made = `document.querySelectorAll('#app img, #app script, #app b').length`;
      expect(await tab.read(`[${made}, String(window.__hit), document.scripts.length].join(' ')`)).toBe(
        '0 undefined 1',
      );
    }

    it('are shown as texts on the page Now', async () => {
      await tab.read('document.querySelector("details").open = true');
      await expectHarmless(
        'the local stack in .tminus',
        'local',
        'abc123',
        '"maintenance".',
        'look',
        'it rings',
        'market-0',
      );
      await expectHarmless('not enough balance / allowance', 'BTC 5m UP', '36.00');
    });

    it('are shown as texts on the page of a position, in its chart too', async () => {
      await tab.read(`location.hash = '#/position/${REFUSED_ID}'`);
      await expectHarmless('BTC 5m UP', '→ buying', 'best bid 64.0¢');
      expect(
        await tab.read(`[...document.querySelectorAll('.u-over .mark')].every(({ title }) => title.includes('<img'))`),
      ).toBe(true);
    });

    it('are shown as texts on the page History', async () => {
      await tab.read(`location.hash = '#/history'`);
      await tab.shows('main', EVIL);
      await expectHarmless('forced exit, its exit time had come');
    });

    it('are shown as texts where the suite, a position or a page is missing', async () => {
      await tab.read(`location.hash = ${JSON.stringify(`#/position/${encodeURIComponent(EVIL)}`)}`);
      await tab.shows('main', 'There is no position');
      await expectHarmless();
      await tab.read(`location.hash = ${JSON.stringify(`#/${encodeURIComponent(EVIL)}`)}`);
      await tab.shows('main', 'There is no page here');
      served.suite.failure = EVIL;
      await tab.shows('.link-notice', EVIL);
      await expectHarmless();
      served.suite.failure = null;
    });

    it('would not run either if the page took them for HTML: the policy stops scripts and events', async () => {
      await tab.read(`document.querySelector('main').insertAdjacentHTML('beforeend', ${JSON.stringify(EVIL)})`);
      await expect.poll(() => tab.complaints.join()).toMatch(/Content Security Policy/);
      await tab.read(`(() => {
        const script = document.createElement('script');
        script.textContent = 'window.__hit = 1';
        document.body.append(script);
      })()`);
      expect(await tab.read('String(window.__hit)')).toBe('undefined');
      const imported = tab.read(`import('data:text/javascript,window.__hit=1').then(() => 'ran', () => 'refused')`);
      expect(await imported).toBe('refused');
    });
  });
}

/** Everything that a page of another address can try, with the token as well, which it cannot know. */
const attackOn = (url: string): string => `
  <!doctype html><title>evil</title>
  <img src="${url}/api/act" onload="seen('img')">
  <script src="${url}/lib/console/page/main.ts" onload="seen('script')"></script>
  <link rel="stylesheet" href="${url}/lib/console/page/console.css" onload="seen('style')">
  <iframe id="frame" src="${url}/#token=${TOKEN}"></iframe>
  <iframe name="sink"></iframe>
  <form id="form" method="post" action="${url}/api/act" target="sink" enctype="text/plain"><input name="{}" value=""></form>
  <script>
    window.found = [];
    function seen(what) { window.found.push(what); }
    const headers = { authorization: 'Bearer ${TOKEN}' };
    const json = { ...headers, 'content-type': 'application/json' };
    const tries = [
      ['get', () => fetch('${url}/api/act')],
      ['get with token', () => fetch('${url}/api/act', { headers })],
      ['post', () => fetch('${url}/api/act', { method: 'POST', body: '{}' })],
      ['post with token', () => fetch('${url}/api/act', { method: 'POST', headers: json, body: '{}' })],
      ['page', () => fetch('${url}/')],
      ['stream', () => fetch('${url}/api/now', { headers })],
    ];
    async function attack() {
      document.getElementById('form').submit();
      navigator.sendBeacon('${url}/api/act', '{}');
      for (const mode of ['cors', 'no-cors']) await fetch('${url}/api/act', { method: 'POST', mode, body: '{}' }).catch(() => 0);
      for (const [name, run] of tries) await run().then(() => seen(name), () => 0);
      await new Promise((done) => { const image = new Image(); image.onerror = image.onload = done; image.src = '${url}/api/act?2'; });
      return window.found.join();
    }
  </script>`;

export function describeForeign(context: () => BrowserContext): void {
  describe('who has no right', () => {
    let served: FakeConsole;
    let evil: CannedServer;
    const tabs: Tab[] = [];

    beforeAll(async () => {
      served = await startFakeConsole();
      addMany(served.suite, 2);
      evil = await startCannedServer();
      evil.answer(() => ({ body: attackOn(served.url), headers: { 'content-type': 'text/html' } }));
    });
    afterAll(async () => {
      for (const tab of tabs) await tab.close();
      await Promise.all([served.stop(), evil.stop()]);
    });
    const open = async (url: string): Promise<Tab> => {
      const tab = await openTab(context(), url);
      tabs.push(tab);
      return tab;
    };

    it('a page of another port reads nothing and acts on nothing, even with the token', async () => {
      const own = await open(served.address);
      await own.shows('main', '2 in all');
      for (const host of [evil.host, evil.host.replace('127.0.0.1', 'localhost')]) {
        const tab = await open(host);
        expect(await tab.read('attack()')).toBe('');
        expect(await tab.read(`document.getElementById('frame').contentWindow.length`)).toBe(0);
        const frames = await Promise.all(
          tab.page.frames().map(async (frame) => await frame.evaluate('document.body.innerText')),
        );
        expect(frames.join()).not.toContain('T-minus');
      }
      expect(served.acted).toEqual([]);
      // The page itself may: the attack fails for where it comes from.
      const post = `fetch('/api/act', { method: 'POST', headers: { authorization: 'Bearer ${TOKEN}', 'content-type': 'application/json' }, body: '{}' })`;
      expect(await own.read(`${post}.then(({ status }) => status)`)).toBe(200);
      expect(served.acted).toEqual(['POST {}']);
    });

    it('a link from another page opens nothing', async () => {
      const tab = await open(evil.host);
      await tab.read(`location.assign(${JSON.stringify(served.address)})`);
      await tab.shows('body', 'paste its address into the address bar');
      expect(await tab.text('body')).not.toContain('2 in all');
    });

    it('a tab without the token, or with that of another run, says what to open', async () => {
      const without = await open(served.url);
      await without.shows('[role="alert"]', /no token.*`tminus console`/s);
      const wrong = await open(`${served.url}/#token=of-another-run`);
      await wrong.shows('.link-notice', /token of the running console.*`tminus console`/s);
      expect(await wrong.text('main')).not.toContain('in all');
      expect(without.requests.filter((url) => url.includes('/api/'))).toEqual([]);
    });

    it('the token leaves the address, survives a reload, and a later one that is pasted counts', async () => {
      const tab = await open(`${served.url}/#token=of-another-run`);
      await tab.shows('.link-notice', 'token of the running console');
      await tab.read(`location.hash = '#token=${TOKEN}'`);
      await tab.shows('main', '2 in all');
      expect(await tab.read('location.href')).toBe(`${served.url}/#/`);
      await tab.page.reload();
      await tab.shows('main', '2 in all');
      expect(await tab.read('document.cookie + JSON.stringify(localStorage)')).toBe('{}');
      expect(tab.requests.filter((url) => url.includes(TOKEN) || new URL(url).origin !== served.url)).toEqual([]);
    });
  });
}
