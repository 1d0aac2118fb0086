import { describe, expect, it } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import { ConfigError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { marketTermsOf, tokenOf } from '#lib/lifecycle/market-terms.ts';
import { restrictEach } from '#lib/lifecycle/restrict-each.ts';
import { queueOf, sendWakeUp } from '#lib/lifecycle/send-wake-up.ts';
import { setWakeUps } from '#lib/lifecycle/set-wake-ups.ts';
import { evidenceOfChain, getAccount, readChain } from '#lib/lifecycle/trading-account.ts';
import { aMarket, DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { createAskedVenue } from '#test/fakes/asked-venue.ts';

const holding = aPosition({ state: 'holding' });
const { exitDueAtMs: DUE_AT_MS, openedAtMs: OPENED_AT_MS } = holding;
const exiting = aPosition({ state: 'exiting' });
const DOWN = new UpstreamUnavailableError('Not reached');

describe('the message for the wake-up of a row', () => {
  const send = async (position: Position, nowMs = OPENED_AT_MS, before?: Position) => {
    const venue = createAskedVenue(nowMs, position);
    await sendWakeUp(venue.deps, position, before);
    return venue.letters;
  };
  const letter = (wakeUpId: string) => ({ positionId: 'position-1', wakeUpId, source: 'retry' });

  it('is sent for its time', async () => {
    expect(await send(exiting)).toEqual([[letter('v4'), DUE_AT_MS + 1_000]]);
  });

  it('goes to the queue of settlement once the market is over', async () => {
    const awaiting = aPosition({ state: 'awaiting-resolution' });
    expect(await send(awaiting)).toEqual([[{ ...letter('v6'), to: 'settle' }, awaiting.wakeUp.atMs]]);
    expect([queueOf(awaiting), queueOf(exiting)]).toEqual([{ to: 'settle' }, {}]);
  });

  it('is none once the position is closed', async () => {
    expect(await send(aPosition({ state: 'exited' }))).toEqual([]);
  });

  it('waits for the end of a lease', async () => {
    const attempts = [aLiveAttempt({ phase: { phase: 'posting', leaseUntilMs: DUE_AT_MS + 8_000 } })];
    expect(await send({ ...exiting, attempts })).toEqual([[letter('v4'), DUE_AT_MS + 8_000]]);
  });

  it.each<[string, Position, number, boolean]>([
    ['still to come', holding, DUE_AT_MS - 3_001, false],
    ['that is prepared now', holding, DUE_AT_MS - 3_000, true],
    ['that comes before the one by the clock', { ...holding, exitDueAtMs: DUE_AT_MS - 9_000 }, OPENED_AT_MS, true],
    ['after another step', { ...holding, wakeUp: { id: 'v3', atMs: DUE_AT_MS } }, OPENED_AT_MS, true],
  ])('of an exit %s', async (_, position, nowMs, isSent) => {
    expect(await send(position, nowMs)).toHaveLength(isSent ? 1 : 0);
  });

  it('is sent anew after a partial exit, to be prepared in time', async () => {
    expect(await send(holding, OPENED_AT_MS, exiting)).toEqual([[letter('exit'), DUE_AT_MS - 3_000]]);
    expect(await send(holding, OPENED_AT_MS, holding)).toEqual([]);
    const dueNext = { ...exiting, wakeUp: { id: 'v4', atMs: DUE_AT_MS } };
    expect(await send(dueNext, OPENED_AT_MS, exiting)).toEqual([[letter('v4'), DUE_AT_MS - 3_000]]);
    expect(await send(dueNext, OPENED_AT_MS)).toEqual([[letter('v4'), DUE_AT_MS]]);
    expect(await send(exiting, OPENED_AT_MS, exiting)).toEqual([[letter('v4'), DUE_AT_MS + 1_000]]);
    const awaiting = aPosition({ state: 'awaiting-resolution', wakeUp: { id: 'v6', atMs: DUE_AT_MS } });
    expect(await send(awaiting, OPENED_AT_MS, exiting)).toMatchObject([[{ wakeUpId: 'v6' }, DUE_AT_MS]]);
  });
});

describe('the wake-ups of an exit', () => {
  const set = async (position: typeof holding, nowMs = OPENED_AT_MS, hasTimer = true) => {
    const venue = createAskedVenue(nowMs, position);
    const timers: string[] = [];
    const schedule = async ({ positionId }: { readonly positionId: string }) => {
      if (!hasTimer) throw DOWN;
      timers.push(positionId);
    };
    await setWakeUps({ ...venue.deps, timer: { schedule } }, position);
    return { timers, letters: venue.letters };
  };

  it('are a timer and a delayed message in time to prepare it', async () => {
    const message = { positionId: 'position-1', wakeUpId: 'exit', source: 'delay' };
    expect(await set(holding)).toEqual({ timers: ['position-1'], letters: [[message, DUE_AT_MS - 3_000]] });
  });

  it('are a timer alone where the exit is further off than a message can wait', async () => {
    expect((await set(holding, DUE_AT_MS - 3_000 - 900_000)).letters).toHaveLength(1);
    expect(await set(holding, DUE_AT_MS - 3_000 - 900_001)).toEqual({ timers: ['position-1'], letters: [] });
  });

  it('fail where the timer fails', async () => {
    await expect(set(holding, OPENED_AT_MS, false)).rejects.toThrow(UpstreamUnavailableError);
  });
});

describe('the account of a mode', () => {
  const { deps } = createAskedVenue(OPENED_AT_MS, holding);

  it('is that of no other mode', () => {
    expect(getAccount({ live: deps.account }, 'live')).toBe(deps.account);
    expect(() => getAccount({ live: deps.account }, 'paper')).toThrow(ConfigError);
    expect(() => getAccount({}, 'paper')).toThrow(expect.objectContaining({ context: { mode: 'paper' } }));
  });

  it.each<[string, number | undefined, number]>([
    ['for a second', undefined, 1_000],
    ['until the time that is given, where it is earlier', 400, 400],
    ['no longer than a second', 1_400, 1_000],
  ])('reads its chain %s', async (_, untilMs, expectedMs) => {
    const venue = createAskedVenue(OPENED_AT_MS, holding);
    const limit = untilMs === undefined ? [] : [OPENED_AT_MS + untilMs];
    expect(await readChain(venue.deps, holding, ...limit)).toMatchObject({ sharesMicros: 36_000_000n });
    expect(venue.calls).toEqual([{ call: 'getHoldings', about: UP_TOKEN_ID, deadlineAtMs: OPENED_AT_MS + expectedMs }]);
  });

  it('has no answer where the chain has none, and none to wait for without a chain', async () => {
    const venue = createAskedVenue(OPENED_AT_MS, holding);
    venue.answers.holdings = DOWN;
    expect(await readChain(venue.deps, holding)).toBeNull();
    expect(readChain(createAskedVenue(OPENED_AT_MS, holding, false).deps, holding)).toBeUndefined();
  });

  it('gives what the chain answered as evidence', () => {
    expect(evidenceOfChain(null)).toEqual({});
    expect(evidenceOfChain({ sharesMicros: 7n, otherSharesMicros: 8n, approved: null })).toEqual({
      ...{ chainSharesMicros: '7', chainOtherSharesMicros: '8', chainApproved: null },
    });
  });
});

describe('the terms that follow from a market', () => {
  it('name the token of the outcome and the other one', () => {
    const ids = { negRisk: false, marketVersion: 'v1' };
    expect(tokenOf(aMarket(), 'UP')).toEqual({ ...ids, tokenId: UP_TOKEN_ID, otherTokenId: DOWN_TOKEN_ID });
    expect(tokenOf(aMarket(), 'DOWN')).toEqual({ ...ids, tokenId: DOWN_TOKEN_ID, otherTokenId: UP_TOKEN_ID });
  });

  it('have a name of the outcome and a taker delay where the market has its own', () => {
    const usual = marketTermsOf(aMarket(), 'UP');
    expect(usual).toEqual({
      ...{ asset: 'BTC', outcome: 'UP', marketSlug: 'btc-updown-5m-1773307200', conditionId: `0x${'c0'.repeat(32)}` },
      ...tokenOf(aMarket(), 'UP'),
      ...{ tickMicros: 10_000n, minOrderSharesMicros: 5_000_000n, feeRateMicros: 70_000n },
      marketEndsAtMs: 1_773_307_500_000,
    });
    const sport = aMarket({ asset: null, outcomeNames: { UP: 'Lakers', DOWN: 'Celtics' }, takerDelayMs: 3_000 });
    expect(marketTermsOf(sport, 'DOWN')).toEqual({
      ...usual,
      ...{ asset: null, outcome: 'DOWN', outcomeName: 'Celtics', takerDelayMs: 3_000 },
      ...{ tokenId: DOWN_TOKEN_ID, otherTokenId: UP_TOKEN_ID },
    });
  });
});

describe('a restriction of all modes', () => {
  it('is written for each, and fails after that with the first failure', async () => {
    const written: string[] = [];
    const restrict = async (mode: string) => {
      if (mode === 'paper') throw DOWN;
      written.push(mode);
    };
    await expect(restrictEach(['paper', 'live'], restrict)).rejects.toBe(DOWN);
    expect(written).toEqual(['live']);
    await restrictEach(['live'], restrict);
    expect(written).toEqual(['live', 'live']);
  });
});
