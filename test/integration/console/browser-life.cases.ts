import type { BrowserContext } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { consoleCommand } from '#lib/cli/commands/console-command.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { requestHold } from '#lib/lifecycle/hold/request-hold.ts';
import { connectSuite, type SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { openTab, type Tab } from '#test/fixtures/console-tab.ts';
import { moveClockTo } from '#test/fixtures/movable-clock.ts';
import { LIFE_ENV, skipIdleTime } from '#test/fixtures/quick-life.ts';
import { eventually, makeStateDir, removeStateDir } from '#test/integration/local/local-test-stack.ts';

const LIFE_MS = 480_000;
/** The bought shares arrive after the exit is due, so that the first sells are refused. */
const EXIT_LEAD_MS = 240_000;
const SETTLEMENT_MS = 300_000;

export function describeLife(context: () => BrowserContext): void {
  describe('two lives on the local stack, seen live', () => {
    const stateDir = makeStateDir();
    const terminal = createFakeTerminal();
    let stack: LocalStack;
    let suite: SuiteClient;
    let serving: Promise<unknown>;
    let tab: Tab;
    /** One is sold, the other is held to the end of its market. */
    const ids = { sold: '', held: '' };

    beforeAll(async () => {
      stack = await startLocalStack({
        ...{ stateDir, seed: 7, timerGrainMs: 1_000, timerJitterMs: 500, sweepPeriodMs: 1_000 },
        env: {
          ...LIFE_ENV,
          EXIT_LEAD_MS: String(EXIT_LEAD_MS),
          PAPER_SETTLEMENT_FIXED_MS: String(SETTLEMENT_MS),
          PAPER_SELL_SETTLEMENT_FIXED_MS: '1000',
          LOG_FILE: `${stateDir}/functions.log`,
        },
      });
      suite = connectSuite(stack.env);
      serving = consoleCommand(terminal, { stateDir, port: 0, json: true });
      const { url } = JSON.parse(await eventually(() => terminal.outLines.at(0) ?? expect.fail('Not yet served')));
      tab = await openTab(context(), url);
    });
    afterAll(async () => {
      await tab?.close();
      // As when the terminal is closed: the command ends in order.
      process.emit('SIGHUP');
      await serving;
      suite?.close();
      await stack?.stop();
      removeStateDir(stateDir);
    });

    async function open(asset: 'BTC' | 'ETH'): Promise<string> {
      const nowMs = Date.now();
      const marketSlug = stack.venue.addMarket({
        ...{ asset, window: '5m', startsAtMs: nowMs - 1_000, endsAtMs: nowMs + LIFE_MS },
        tokenMidAt: { outcome: 'UP', priceMicros: 650_000n, atMs: nowMs },
      });
      const reply = await suite.open({
        requestId: `by-${asset}`,
        asset,
        side: 'UP',
        usd: 25,
        mode: 'paper',
        marketSlug,
      });
      return reply.outcome === 'opened' ? reply.position.positionId : expect.fail(JSON.stringify(reply));
    }

    /** What the row of a position says. */
    const rowOf = (id: string): string => `tr:has(a[href$="${id}"])`;

    /** Skips the minutes in which nothing is due, until the page shows it. */
    const untilShown = (selector: string, words: RegExp): Promise<void> =>
      eventually(async () => {
        const rows = await suite.store.findMany(Object.values(ids));
        skipIdleTime(rows.positions);
        expect(await tab.text(selector)).toMatch(words);
      });

    it('nothing is open, and says so', async () => {
      await tab.shows('main', 'No position is open.');
      await tab.read('window.__isSamePage = true');
    });

    it('an opening appears, with its price and its countdown', async () => {
      [ids.sold, ids.held] = [await open('BTC'), await open('ETH')];
      await tab.shows('main', '2 in all');
      await tab.shows(rowOf(ids.sold), /BTC 5m UP[\s\S]*bought[\s\S]*\d:\d\d[\s\S]*¢[\s\S]*if sold now/);
      await tab.shows('.news', /Bought [\d.]+ shares/);
      const held = await requestHold({ store: suite.store, queue: suite.queue, clock }, ids.held);
      expect(held.outcome).toBe('held');
    });

    it('a refusal appears with its cause and its count', async () => {
      moveClockTo(((await suite.store.find(ids.sold))?.exitDueAtMs ?? 0) - 500);
      await untilShown(rowOf(ids.sold), /exiting[\s\S]*had not settled yet[\s\S]*\d refused/);
      await tab.shows('.news', 'not enough balance / allowance');
    });

    it('the exit appears with what it brought, on both pages', async () => {
      const refused = await suite.store.find(ids.sold);
      moveClockTo((refused?.openedAtMs ?? 0) + SETTLEMENT_MS);
      await untilShown(rowOf(ids.sold), /sold[\s\S]*realised/);
      await tab.read(`location.hash = '#/position/${ids.sold}'`);
      await tab.shows('.timeline', /Sell refused[\s\S]*Sold/);
      await tab.shows('h1', 'BTC 5m UP');
      expect(await tab.read(`document.querySelectorAll('.u-over .mark').length`)).toBeGreaterThanOrEqual(4);
      expect(await tab.read(`document.querySelectorAll('.life-chart canvas').length`)).toBe(2);
    });

    it('the settlement of the one that was held appears where it is looked at', async () => {
      await tab.read(`location.hash = '#/position/${ids.held}'`);
      await untilShown('.facts', /redeemed|worthless/);
      const position = await suite.store.find(ids.held);
      expect(position !== undefined && isClosed(position)).toBe(true);
      await tab.shows('main', /The outcome (won|lost)/);
      await tab.read(`location.hash = '#/'`);
      await tab.shows(rowOf(ids.held), 'realised');
    });

    it('came without a reload, without an error, and from this console alone', async () => {
      expect(await tab.read('window.__isSamePage')).toBe(true);
      expect(tab.complaints).toEqual([]);
      const { origin } = new URL(tab.page.url());
      expect(tab.requests.filter((url) => new URL(url).origin !== origin)).toEqual([]);
    });
  });
}
