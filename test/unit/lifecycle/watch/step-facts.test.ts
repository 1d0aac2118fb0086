import { describe, expect, it } from 'vitest';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import { factsOfStep, watchSteps } from '#lib/lifecycle/watch/step-facts.ts';
import type { PositionChange } from '#lib/ports/store/position-store.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent } from '#test/factories/an-intent.ts';

const { exitDueAtMs: DUE_AT_MS, policy } = aPosition({ state: 'exiting' });
const firstSell = aLiveAttempt({
  intent: anIntent({ side: 'SELL', attemptNumber: 2, orderHash: '0x2' }),
  phase: { phase: 'posting', leaseUntilMs: DUE_AT_MS + policy.requestDeadlineMs + policy.leaseGraceMs },
});
const exiting = aPosition({
  ...{ state: 'exiting', attemptCount: 2, attempts: [firstSell] },
  firstExitAttemptAtMs: DUE_AT_MS,
});
const atMs = DUE_AT_MS + 300;

const stepOf = (event: PositionEvent, overrides: Partial<PositionChange> = {}): PositionChange => ({
  before: exiting,
  after: exiting,
  event,
  endedAttempts: [],
  alert: null,
  evidence: {},
  ...overrides,
});

const NOTHING = {
  isExitAttempt: false,
  isExitFailing: false,
  exitSetback: null,
  isUnrecognised: false,
  orderLatenessMs: null,
};
const refused = {
  type: 'order-refused',
  atMs,
  orderHash: '0x2',
  code: 'balance-or-allowance',
  cause: 'unsettled-buy',
  text: 'not enough balance / allowance',
  sellableMicros: null,
  shortfallMicros: null,
  remedied: false,
} as const;

describe('the facts of a step', () => {
  it('count a sell that is about to be posted, and one that is posted again', () => {
    const intent = anIntent({ side: 'SELL' });
    const intended = {
      type: 'sell-intended',
      atMs,
      intent,
      leaseUntilMs: atMs,
      postAtMs: atMs,
      underlyingMicros: null,
      bidMicros: null,
      needsApproval: false,
    } as const;
    expect(factsOfStep(stepOf(intended))).toEqual({ ...NOTHING, isExitAttempt: true });
    const reposted = { type: 'sell-reposted', atMs, orderHash: '0x2', leaseUntilMs: atMs } as const;
    expect(factsOfStep(stepOf(reposted))).toEqual({ ...NOTHING, isExitAttempt: true });
  });

  it('name the cause of a refused sell and of one that was not sent', () => {
    expect(factsOfStep(stepOf(refused))).toMatchObject({ exitSetback: 'unsettled-buy', isUnrecognised: false });
    const notSent = {
      type: 'order-not-sent',
      atMs,
      orderHash: '0x2',
      code: 'rate-limited',
      text: '',
      retryAfterMs: 1,
    } as const;
    expect(factsOfStep(stepOf(notSent))).toMatchObject({ exitSetback: 'rate-limited' });
  });

  it('do not count a refused buy as a failed exit, but report an unrecognised text', () => {
    const buy = aLiveAttempt({ intent: anIntent({ side: 'BUY', attemptNumber: 1, orderHash: '0x1' }) });
    const before = aPosition({ state: 'buying', attemptCount: 1, attempts: [buy] });
    const event = { ...refused, orderHash: '0x1', code: 'unrecognised', cause: 'unrecognised' } as const;
    expect(factsOfStep(stepOf(event, { before }))).toEqual({ ...NOTHING, isUnrecognised: true });
    const lost = {
      atMs: event.atMs,
      type: 'order-unknown',
      orderHash: '0x1',
      text: 'the flux is out of phase',
    } as const;
    const evidence = { isUnrecognised: true };
    expect(factsOfStep(stepOf(lost, { before, evidence }))).toEqual({ ...NOTHING, isUnrecognised: true });
  });

  it('measure from the due time to the first post, and no later one', () => {
    const accepted = {
      type: 'order-accepted',
      atMs,
      orderHash: '0x2',
      working: false,
      reported: { sharesMicros: 1n, valueMicros: 1n, feesMicros: 0n },
    } as const;
    const evidence = { postedAtMs: DUE_AT_MS + 12, tookMs: 100 };
    expect(factsOfStep(stepOf(accepted, { evidence }))).toMatchObject({ orderLatenessMs: 12 });
    const again = { ...exiting, attempts: [{ ...firstSell, postCount: 2 }] };
    expect(factsOfStep(stepOf(accepted, { evidence, before: again }))).toEqual(NOTHING);
    const third = aLiveAttempt({
      intent: anIntent({ side: 'SELL', attemptNumber: 3, orderHash: '0x2' }),
      phase: { phase: 'posting', leaseUntilMs: DUE_AT_MS + 20_000 },
    });
    const later = { ...exiting, attemptCount: 3, attempts: [third] };
    expect(factsOfStep(stepOf(accepted, { evidence, before: later }))).toEqual(NOTHING);
  });

  it('do not measure what was due by a rule, a buy, or what is no longer being posted', () => {
    const evidence = { postedAtMs: DUE_AT_MS + 12, tookMs: 100 };
    const latenessOf = (before: PositionChange['before']) =>
      factsOfStep(stepOf(refused, { evidence, before }))?.orderLatenessMs;
    const { intent } = firstSell;
    expect(latenessOf(exiting)).toBe(12);
    expect(latenessOf({ ...exiting, holdLook: { atMs: DUE_AT_MS, priceMicros: null } })).toBeNull();
    expect(latenessOf({ ...exiting, attempts: [] })).toBeNull();
    expect(latenessOf({ ...exiting, attempts: [{ ...firstSell, intent: { ...intent, side: 'BUY' } }] })).toBeNull();
    const unknown = aLiveAttempt({ intent, phase: { phase: 'unknown', sinceMs: DUE_AT_MS } });
    expect(latenessOf({ ...exiting, attempts: [unknown] })).toBeNull();
    expect(latenessOf({ ...exiting, firstExitAttemptAtMs: DUE_AT_MS + 1 })).toBeNull();
  });

  it('name no cause for an order that the row does not have, and find it among others', () => {
    expect(factsOfStep(stepOf({ ...refused, orderHash: '0x9' }))).toMatchObject({ exitSetback: null });
    const buy = aLiveAttempt({ intent: anIntent({ side: 'BUY', attemptNumber: 1, orderHash: '0x1' }) });
    const before = { ...exiting, attempts: [buy, firstSell] };
    const evidence = { postedAtMs: DUE_AT_MS + 12, tookMs: 100 };
    expect(factsOfStep(stepOf(refused, { before, evidence }))).toMatchObject({
      ...{ exitSetback: 'unsettled-buy', orderLatenessMs: 12 },
    });
  });

  it('report a venue text as unrecognised only of a refusal', () => {
    const odd = { ...refused, code: 'unrecognised', cause: 'unrecognised' } as const;
    expect(factsOfStep(stepOf(odd))).toMatchObject({ isUnrecognised: true });
    const notSent = { type: 'order-not-sent', atMs, orderHash: '0x2', code: 'rate-limited', text: '', retryAfterMs: 1 };
    expect(factsOfStep(stepOf({ ...notSent, type: 'order-not-sent', code: 'rate-limited' }))?.isUnrecognised).toBe(
      false,
    );
  });

  it('do not measure what a request sold before the exit', () => {
    const before = { ...exiting, firstExitAttemptAtMs: null, exitRequest: { atMs: DUE_AT_MS - 9_000 } };
    const evidence = { postedAtMs: DUE_AT_MS - 8_000, tookMs: 100 };
    expect(factsOfStep(stepOf(refused, { before, evidence }))).toMatchObject({ orderLatenessMs: null });
  });

  it('count an exit that pages, and no other alert', () => {
    const alert = anAlert({ kind: 'exit-failing' });
    expect(factsOfStep(stepOf(refused, { alert }))).toMatchObject({ isExitFailing: true });
    expect(factsOfStep(stepOf(refused, { alert: { ...alert, kind: 'needs-human' } }))?.isExitFailing).toBe(false);
  });

  it('are none for a canary', () => {
    const before = aPosition({ state: 'exiting', origin: 'canary', attemptCount: 2, attempts: [firstSell] });
    expect(factsOfStep(stepOf(refused, { before }))).toBeNull();
  });

  it('are reported after the step is saved, and not when it was not', async () => {
    const told: unknown[] = [];
    let isBroken = false;
    const store = watchSteps(
      {
        save: async (_change: PositionChange) => {
          if (isBroken) throw new Error('not saved');
        },
      },
      (facts) => told.push(facts),
    );
    await store.save(stepOf(refused));
    expect(told).toHaveLength(1);
    isBroken = true;
    await expect(store.save(stepOf(refused))).rejects.toThrow('not saved');
    expect(told).toHaveLength(1);
  });
});
