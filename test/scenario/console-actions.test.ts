import { describe, expect, it } from 'vitest';
import type { ActionAnswer, ActionKind, ActionPreview } from '#lib/console/act/action-message.ts';
import { type Actions, createActions } from '#lib/console/act/create-actions.ts';
import { PREVIEW_MS } from '#lib/console/act/pending-actions.ts';
import { toGuardAnswer } from '#lib/contracts/guard-answer.ts';
import { GuardRequestSchema, toGuardCommand } from '#lib/contracts/guard-request.ts';
import { toOpenAnswer } from '#lib/contracts/open-answer.ts';
import { OpenRequestSchema, toOpenTarget, toOwnTerms } from '#lib/contracts/open-request.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import { openPosition } from '#lib/lifecycle/buy/open-position.ts';
import { guardPosition } from '#lib/lifecycle/guard/guard-position.ts';
import type { SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { createGuardingWorld, SHARES_MICROS } from '#test/fakes/guarding-world.ts';
import {
  createTradingWorld,
  EXIT_AT_MS,
  MARKET,
  OPENED_AT_MS,
  type TradingWorld,
  type TradingWorldOptions,
} from '#test/fakes/trading-world.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';

type Desk = {
  readonly world: TradingWorld;
  readonly actions: Actions;
  /** Bodies that the `open` function was called with. */
  readonly opens: { readonly requestId: string }[];
  readonly faults: { isAnswerLost: boolean };
  readonly look: (kind: ActionKind, request?: object) => Promise<ActionPreview>;
  /** Why there is no preview. */
  readonly refusal: (kind: ActionKind, request?: object) => Promise<unknown>;
  readonly act: (preview: ActionPreview, isYes?: boolean) => Promise<ActionAnswer>;
};

const LOST = {
  outcome: 'failed',
  code: 'not-known',
  message: 'The open function did not answer.',
  mayHaveOpened: true,
} as const;

type DeskOptions = TradingWorldOptions & { readonly isCopy?: boolean };

function createDesk(options: DeskOptions = {}, world: TradingWorld = createTradingWorld(options)): Desk {
  const opens: { readonly requestId: string }[] = [];
  const faults = { isAnswerLost: false };
  // As `functions/open` and `functions/wiring/answer-guard`.
  const open: SuiteClient['open'] = async (body) => {
    opens.push(body);
    const request = parseInput(OpenRequestSchema, body, 'open request');
    const { requestId, mode, usd: budgetMicros } = request;
    const target = toOpenTarget(request, world.clock.nowMs());
    const result = await openPosition(world.deps, {
      requestId,
      mode,
      budgetMicros,
      ...target,
      terms: toOwnTerms(request),
    });
    const { answer } = toOpenAnswer(result, requestId);
    return faults.isAnswerLost ? LOST : answer;
  };
  const guard: SuiteClient['guard'] = async (body) => {
    const request = parseInput(GuardRequestSchema, body, 'guard request');
    const { answer } = toGuardAnswer(await guardPosition(world.deps, toGuardCommand(request)), request.requestId);
    if ('outcome' in answer) return answer;
    const { code, message, retryable: isRetryable } = answer.error;
    return { outcome: 'refused', code, message, isRetryable, position: answer.position };
  };
  const isLive = options.mode === 'live';
  const actions = createActions(
    {
      clock: world.clock,
      current: () => ({
        suite: { store: world.store, queue: world.deps.queue, open, guard },
        about: { place: 'the local stack in .tminus', isLive },
        markets: world.deps.marketData,
      }),
      acting: async (reason) => ({ atMs: world.clock.nowMs(), by: 'alice', reason }),
      isCopy: options.isCopy === true,
    },
    countingIds('id').nextId,
  );
  const preview = (kind: ActionKind, request: object = {}) => world.clock.run(actions.preview({ kind, request }));
  return {
    ...{ world, actions, opens, faults },
    look: async (kind, request) => {
      const outcome = await preview(kind, request);
      if (outcome.outcome !== 'previewed') throw new Error(JSON.stringify(outcome));
      return outcome.preview;
    },
    refusal: preview,
    act: async ({ actionId }, isYes = false) => {
      const run = await world.clock.run(actions.run(actionId, isYes));
      if (run.outcome !== 'answered') throw new Error(run.outcome);
      return run.answer;
    },
  };
}

const sells = ({ world }: Desk) => world.exchange.posted.filter(({ side }) => side === 'SELL');
const factsOf = ({ facts }: ActionPreview) => Object.fromEntries(facts.map(({ name, text }) => [name, text]));

async function openedDesk(mode: Mode = 'paper'): Promise<Desk & { readonly positionId: string }> {
  const desk = createDesk({ mode });
  await desk.world.open();
  await desk.world.runUntil(OPENED_AT_MS + 20_000);
  const { positionId } = await desk.world.position();
  return { ...desk, positionId };
}

describe('selling from the console', () => {
  it('shows what it would bring and what it overrides, and sells nothing before it is confirmed', async () => {
    const desk = await openedDesk();
    const preview = await desk.look('exit', { positionId: desk.positionId });
    expect(preview).toMatchObject({ kind: 'exit', isLive: false, isYesNeeded: false, deed: 'Sell now' });
    expect(preview.question).toBe('Sell all BTC 5m UP now?');
    expect(factsOf(preview)).toMatchObject({
      Bid: '60.0¢',
      'Would bring now': expect.stringMatching(/^\$\d+\.\d\d after fees/),
    });
    expect(preview.notes).toEqual([expect.stringMatching(/^It takes the place of the exit at .* UTC\.$/)]);
    await desk.world.runUntil(OPENED_AT_MS + 30_000);
    expect(sells(desk)).toHaveLength(0);

    const answer = await desk.act(preview);
    expect(answer).toMatchObject({ outcome: 'done', positionId: desk.positionId, mayRepeat: false });
    await desk.world.runUntil(OPENED_AT_MS + 60_000);
    expect((await desk.world.position()).state).toBe('exited');
  });

  it('acts once, however often it is pressed, and answers each press alike', async () => {
    const desk = await openedDesk();
    const { positionId } = desk;
    const preview = await desk.look('exit', { positionId, shares: '10' });
    const [first, second] = await Promise.all([desk.act(preview), desk.act(preview)]);
    const later = await desk.act(preview);
    expect(first.text).toMatch(/^Exit of 10\.00 shares requested\./);
    expect([second, later]).toEqual([first, first]);
    await desk.world.runUntil(OPENED_AT_MS + 60_000);
    expect(sells(desk)).toHaveLength(1);
    expect(await desk.world.position()).toMatchObject({ state: 'holding' });
  });

  it('does nothing by a preview that is a minute old, or that it never gave', async () => {
    const desk = await openedDesk();
    const { positionId } = desk;
    const preview = await desk.look('exit', { positionId });
    await desk.world.runUntil(desk.world.clock.nowMs() + PREVIEW_MS + 1);
    expect(await desk.actions.run(preview.actionId, true)).toEqual({ outcome: 'expired' });
    expect(await desk.actions.run('of-another-run', true)).toEqual({ outcome: 'unknown-action' });
    expect(sells(desk)).toHaveLength(0);
  });

  it('asks for a typed yes before it sells with real money', async () => {
    const desk = await openedDesk('live');
    const { positionId } = desk;
    const preview = await desk.look('exit', { positionId });
    expect(preview).toMatchObject({ isLive: true, isYesNeeded: true });
    expect(await desk.actions.run(preview.actionId, false)).toEqual({ outcome: 'not-confirmed' });
    expect((await desk.act(preview, true)).outcome).toBe('done');
  });

  it('says in the suite’s words why there is nothing to sell', async () => {
    const desk = await openedDesk();
    const { positionId } = desk;
    const reasonOf = async (request: object) => desk.refusal('exit', request);
    expect(await reasonOf({ positionId: 'none' })).toMatchObject({ reason: 'There is no such position.' });
    expect(await reasonOf({ positionId, shares: '1000' })).toMatchObject({
      reason: expect.stringContaining('Ask for fewer'),
    });
    await desk.act(await desk.look('exit', { positionId }));
    await desk.world.runUntil(OPENED_AT_MS + 60_000);
    expect(await reasonOf({ positionId })).toMatchObject({ reason: 'The position is closed already.' });
  });

  it('previews without a price when the venue does not answer, and says that there is no bid', async () => {
    const desk = await openedDesk();
    const { positionId } = desk;
    desk.world.faults.book = 'down';
    const unread = await desk.look('exit', { positionId });
    expect(factsOf(unread)).toMatchObject({ Price: 'not read: the venue did not answer' });
    desk.world.faults.book = () => undefined;
    expect((await desk.act(unread)).outcome).toBe('done');
  });

  it('asks the same request again after a lost answer', async () => {
    const desk = await openedDesk();
    const { positionId } = desk;
    const preview = await desk.look('exit', { positionId, shares: '10' });
    desk.world.faults.isQueueDown = true;
    const lost = await desk.act(preview);
    expect(lost).toMatchObject({ outcome: 'unknown', mayRepeat: true });
    desk.world.faults.isQueueDown = false;
    // Also after its minute: it is not a question of prices any more.
    await desk.world.runUntil(desk.world.clock.nowMs() + PREVIEW_MS + 1);
    expect(await desk.act(preview)).toMatchObject({ outcome: 'done', mayRepeat: false });
    await desk.world.runUntil(OPENED_AT_MS + 140_000);
    expect(sells(desk)).toHaveLength(1);
  });
});

describe('holding from the console', () => {
  it('says that nothing protects the shares then, and leaves out the exit by the clock', async () => {
    const desk = await openedDesk();
    const { positionId } = desk;
    const preview = await desk.look('hold', { positionId });
    expect(preview.question).toBe('Hold BTC 5m UP to the end?');
    expect(preview.notes[0]).toMatch(/left out, at any price: nothing protects the shares/);
    expect(await desk.act(preview)).toMatchObject({ outcome: 'done' });
    expect(await desk.refusal('hold', { positionId })).toMatchObject({ reason: 'It is held to the end already.' });
    await desk.world.runUntil(EXIT_AT_MS + 20_000);
    expect(sells(desk)).toHaveLength(0);
    expect((await desk.world.position()).state).toBe('holding');
  });
});

const OPEN = { asset: 'BTC', window: '5m', side: 'UP', usd: '25', mode: 'paper' };

describe('opening from the console', () => {
  it('buys in the window that was looked at, also when it is confirmed in the next one', async () => {
    const desk = createDesk();
    await desk.world.clock.advanceTo(MARKET.endsAtMs - 1_000);
    const preview = await desk.look('open', OPEN);
    expect(preview.question).toBe('Buy BTC Up for $25.00 (paper)?');
    expect(factsOf(preview)).toMatchObject({ Market: MARKET.slug, 'At most': '$25.00, fees included' });
    await desk.world.clock.advanceTo(MARKET.endsAtMs + 1_000);
    const answer = await desk.act(preview);
    expect(desk.opens).toMatchObject([{ requestId: 'console-id-000001', windowAt: MARKET.startsAtMs }]);
    expect(answer).toMatchObject({ outcome: 'refused', text: expect.stringContaining('ended at') });
  });

  it('opens once, also when the answer was lost', async () => {
    const desk = createDesk();
    const preview = await desk.look('open', { ...OPEN, stopLoss: '20%' });
    expect(factsOf(preview)).toMatchObject({ Offer: expect.any(String), 'Stop-loss': '20%' });
    desk.faults.isAnswerLost = true;
    expect(await desk.act(preview)).toMatchObject({ outcome: 'unknown', mayRepeat: true });
    desk.faults.isAnswerLost = false;
    const answer = await desk.act(preview);
    expect(answer.text).toMatch(/^Opened by the first try, and not again: BTC UP in /);
    expect(answer.details).toEqual(expect.arrayContaining([expect.stringMatching(/^rules: stop-loss /)]));
    expect(await desk.world.store.list()).toHaveLength(1);
    expect(new Set(desk.opens.map(({ requestId }) => requestId)).size).toBe(1);
  });

  it('names what is wrong with each field, as the command line does', async () => {
    const desk = createDesk();
    const wrong = { ...OPEN, usd: '25,50', side: 'LEFT', stopLoss: 'low' };
    expect(await desk.refusal('open', wrong)).toMatchObject({
      outcome: 'invalid',
      faults: expect.arrayContaining([
        { field: 'usd', message: 'must be an amount of dollars such as 25 or "25.50"' },
        { field: 'stopLoss', message: expect.stringContaining('must be a price') },
      ]),
    });
    expect(await desk.refusal('open', { mode: 'paper' })).toMatchObject({
      faults: expect.arrayContaining([{ field: 'usd', message: 'must be an amount of dollars such as 25 or "25.50"' }]),
    });
    expect(await desk.refusal('open', { ...OPEN, requestId: 'mine' })).toMatchObject({ outcome: 'invalid' });
    expect(await desk.refusal('exit', { positionId: 'a', shares: '1.005' })).toMatchObject({
      faults: [{ field: 'shares', message: expect.stringContaining('two decimals') }],
    });
    expect(await desk.actions.preview('exit')).toMatchObject({ outcome: 'invalid' });
    expect(await desk.actions.preview({ kind: 'burn', request: {} })).toMatchObject({ outcome: 'invalid' });
  });

  it('says before that openings are halted, and passes the suite’s refusal on', async () => {
    const desk = createDesk();
    await desk.act(await desk.look('halt', { reason: '<b>bad day</b>' }));
    const preview = await desk.look('open', OPEN);
    expect(preview.notes.join()).toMatch(/halted \(paper\).* by alice: "<b>bad day<\/b>"\. This will be refused\./);
    expect(await desk.act(preview)).toMatchObject({ outcome: 'refused', text: expect.stringContaining('halted') });
  });

  it('opens, guards and sells nothing where a copy of the table is shown', async () => {
    const desk = createDesk({ isCopy: true });
    expect(await desk.refusal('open', OPEN)).toMatchObject({ outcome: 'refused' });
    expect((await desk.act(await desk.look('halt'))).outcome).toBe('done');
  });
});

describe('guarding from the console', () => {
  it('gives shares that were bought elsewhere an exit, once', async () => {
    const world = createGuardingWorld();
    world.readings.move(SHARES_MICROS, -20_000_000n);
    await world.clock.advanceBy(10_000);
    const desk = createDesk({ mode: 'live' }, world);
    const request = { marketSlug: MARKET.slug, side: 'UP', mode: 'live' };
    const preview = await desk.look('guard', request);
    expect(preview.question).toBe(`Guard the Up shares in ${MARKET.slug} (live)?`);
    expect(factsOf(preview)).toMatchObject({ Shares: 'all that the wallet holds', Bid: '60.0¢' });
    expect(factsOf(preview)).not.toHaveProperty('Would bring now');
    const answer = await desk.act(preview, true);
    expect(answer).toMatchObject({ outcome: 'done', text: expect.stringMatching(/^Guarded: BTC UP in /) });
    expect(await desk.act(preview, true)).toEqual(answer);
    expect(await desk.world.position()).toMatchObject({ positionId: answer.positionId, origin: 'guard' });
  });

  it('says how many shares the paper wallet is to hold, and passes the suite’s refusal on', async () => {
    const desk = createDesk();
    const request = { marketSlug: MARKET.slug, side: 'UP', mode: 'paper', shares: '40', cost: '24' };
    const preview = await desk.look('guard', request);
    expect(factsOf(preview)).toMatchObject({ Shares: '40.00 that the paper wallet is to hold', Cost: '$24.00' });
    expect(await desk.act(preview)).toMatchObject({ outcome: 'refused', text: expect.stringContaining('no wallet') });
  });
});

describe('halt and resume from the console', () => {
  const haltOf = async ({ world }: Desk, mode: Mode) => (await world.store.getAccount(mode, world.clock.nowMs())).halt;

  it('halts with a name and a reason, without a typed yes, and allows again what was looked at', async () => {
    const desk = createDesk({ mode: 'live' });
    const preview = await desk.look('halt', { reason: 'maintenance' });
    expect(preview).toMatchObject({ isLive: true, isYesNeeded: false });
    expect((await desk.act(preview)).text).toMatch(
      /^Openings are halted \(paper and live\).* by alice: "maintenance"\.$/,
    );
    expect(await haltOf(desk, 'live')).toMatchObject({ by: 'alice', reason: 'maintenance' });

    const resume = await desk.look('resume');
    expect(resume).toMatchObject({ isYesNeeded: true, question: 'Allow openings again (paper and live)?' });
    expect((await desk.act(resume, true)).text).toBe('Openings are allowed again (paper and live).');
    expect(await haltOf(desk, 'live')).toBeNull();
    expect(await desk.refusal('resume')).toMatchObject({ reason: 'Openings are not halted (paper and live).' });
  });

  it('leaves a halt alone that came after the look', async () => {
    const desk = createDesk();
    await desk.act(await desk.look('halt', { mode: 'paper' }));
    const resume = await desk.look('resume');
    const later = { sinceMs: desk.world.clock.nowMs() + 5_000, by: 'bob', reason: 'fire' };
    await desk.world.store.setHalt('paper', later);
    const answer = await desk.act(resume);
    expect(answer).toMatchObject({ outcome: 'refused', text: expect.stringContaining('by bob: "fire"') });
    expect(await haltOf(desk, 'paper')).toEqual(later);
  });
});
