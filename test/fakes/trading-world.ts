import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Market, OrderBook } from '#lib/domain/market/market.ts';
import { DEFAULT_OPENING_POLICY } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_EXIT_POLICY, type ExitPolicy } from '#lib/domain/position/exit-policy.ts';
import type { Mode, Position } from '#lib/domain/position/position.ts';
import { DEFAULT_RISK_LIMITS, type RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import {
  type OpenPositionCommand,
  type OpenPositionDeps,
  type OpenPositionOutcome,
  openPosition,
} from '#lib/lifecycle/buy/open-position.ts';
import type { GuardPositionDeps } from '#lib/lifecycle/guard/guard-position.ts';
import type { SettleDeps } from '#lib/lifecycle/settle/settle-deps.ts';
import { wakeAwaiting } from '#lib/lifecycle/settle/wake-awaiting.ts';
import type { TradingAccount } from '#lib/lifecycle/trading-account.ts';
import { type WakeOutcome, wakePosition } from '#lib/lifecycle/wake-position.ts';
import { sendLooks, surveyOpen } from '#lib/lifecycle/watch/survey-open.ts';
import { type SweepOverdueDeps, type SweepReport, sweepOverdue } from '#lib/lifecycle/watch/sweep-overdue.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import type { Exchange } from '#lib/ports/venue/exchange.ts';
import type { Wallet } from '#lib/ports/wallet/wallet.ts';
import type { WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { createMemoryPositionStore, type MemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';
import { createMemoryRedemptionStore } from '#lib/simulation/world/memory-redemption-store.ts';
import { aBook } from '#test/factories/a-book.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createMortality, type Mortality, mortal } from './mortality.ts';
import { createScriptedExchange, type ScriptedExchange } from './scripted-exchange.ts';

const TICK_MS = 250;

type Letter = { readonly message: WakeMessage; visibleAtMs: number; receiveCount: number; isDone: boolean };

export type TradingWorld = {
  readonly clock: FakeClock;
  readonly exchange: ScriptedExchange;
  readonly store: MemoryPositionStore;
  /** The account of this world's mode, as passed to the use cases. */
  readonly account: TradingAccount;
  readonly deps: OpenPositionDeps & GuardPositionDeps;
  readonly mortality: Mortality;
  readonly letters: readonly Letter[];
  readonly outcomes: (WakeOutcome & { readonly message: WakeMessage; readonly atMs: number })[];
  readonly errors: unknown[];
  readonly sweeps: SweepReport[];
  /** Faults that the test switches. */
  readonly faults: {
    isQueueDown: boolean;
    isTimerDown: boolean;
    isSweepOn: boolean;
    isDeliveryOn: boolean;
    isGammaDown: boolean;
    book: ((tokenId: string) => OrderBook | undefined) | 'down';
  };
  /** What the venue lists in a series: the slug, or undefined. */
  readonly series: { find: OpenPositionDeps['marketData']['findInSeries'] };
  readonly open: (overrides?: {
    requestId?: string;
    budgetMicros?: bigint;
    marketSlug?: string;
    asset?: OpenPositionCommand['asset'];
    outcome?: string;
    exitAtMs?: number;
    window?: NonNullable<OpenPositionCommand['window']>;
  }) => Promise<OpenPositionOutcome>;
  /** Opens without waiting for the answer, for openings that crash. */
  readonly startOpening: () => void;
  readonly send: (message: Partial<WakeMessage>, atMs?: number) => void;
  /** Moves time: messages arrive, undeleted ones are delivered again, and the sweep runs every minute. */
  readonly runUntil: (atMs: number) => Promise<void>;
  readonly position: () => Promise<Position>;
  readonly alertKinds: () => Promise<readonly string[]>;
};

export const MARKET = aMarket();
export const OPENED_AT_MS = MARKET.startsAtMs + 30_000;
export const ENDS_AT_MS = MARKET.endsAtMs;
export const EXIT_AT_MS = ENDS_AT_MS - 120_000;
export const DEADLINE_AT_MS = ENDS_AT_MS - 5_000;

export type TradingWorldOptions = {
  readonly limits?: RiskLimits;
  /** Markets beside the usual one, or in its place by the same slug. */
  readonly markets?: readonly Market[];
  /** Default paper; the exchange is the same for both. */
  readonly mode?: Mode;
  readonly walletWith?: (clock: FakeClock) => Wallet;
  /** For guarded positions. */
  readonly readingsWith?: (world: { readonly clock: FakeClock; readonly exchange: ScriptedExchange }) => WalletReadings;
  readonly exitPolicy?: Partial<ExitPolicy>;
  readonly readiness?: OpenPositionDeps['readiness'];
  /** Default: the mode has no settlement, and its positions wait. */
  readonly settlementWith?: (world: {
    readonly clock: FakeClock;
  }) => Partial<Pick<SettleDeps, 'settlements' | 'results'>>;
  readonly exchangeWith?: (world: {
    readonly clock: FakeClock;
    readonly marketData: OpenPositionDeps['marketData'];
  }) => Exchange;
  readonly store?: MemoryPositionStore;
};

/** As `functions/sweep`. */
async function sweep(deps: SweepOverdueDeps & Parameters<typeof surveyOpen>[0]): Promise<SweepReport> {
  const report = await sweepOverdue(deps);
  await sendLooks(deps, await surveyOpen(deps));
  return report;
}

export function createTradingWorld(options: TradingWorldOptions = {}): TradingWorld {
  const mode = options.mode ?? 'paper';
  const clock = createFakeClock(OPENED_AT_MS);
  const store = options.store ?? createMemoryPositionStore();
  const exchange = createScriptedExchange(clock);
  const mortality = createMortality();
  const letters: Letter[] = [];
  const faults: TradingWorld['faults'] = {
    isQueueDown: false,
    isTimerDown: false,
    isSweepOn: true,
    isDeliveryOn: true,
    isGammaDown: false,
    book: () => aBook({ atMs: clock.nowMs() }),
  };
  const post = (message: WakeMessage, atMs: number): void => {
    letters.push({ message, visibleAtMs: Math.max(atMs, clock.nowMs()), receiveCount: 0, isDone: false });
  };
  const series: TradingWorld['series'] = { find: async () => undefined };
  const marketData = {
    findMarket: async (slug: string) => {
      if (faults.isGammaDown) throw new UpstreamUnavailableError('The list of markets was not reached');
      return [...(options.markets ?? []), MARKET].find((market) => market.slug === slug);
    },
    findInSeries: async (...asked: Parameters<OpenPositionDeps['marketData']['findInSeries']>) => series.find(...asked),
    findBook: async (tokenId: string) => {
      if (faults.book === 'down') throw new UpstreamUnavailableError('The book was not reached');
      return faults.book(tokenId);
    },
  };
  const account: TradingAccount = {
    address: `${mode}-test`,
    exchange: mortal(options.exchangeWith?.({ clock, marketData }) ?? exchange, mortality),
    wallet: options.walletWith?.(clock) ?? null,
    ...(options.readingsWith && { readings: mortal(options.readingsWith({ clock, exchange }), mortality) }),
  };
  const deps: TradingWorld['deps'] = {
    accounts: { [mode]: account },
    ...(options.readiness !== undefined && { readiness: options.readiness }),
    clock,
    ids: countingIds('position'),
    store: mortal(store, mortality),
    marketData: mortal(marketData, mortality),
    referencePrice: { findPriceMicros: async () => 97_000_000_000n },
    queue: mortal(
      {
        send: async (message: WakeMessage, atMs: number) => {
          if (faults.isQueueDown) throw new UpstreamUnavailableError('The queue was not reached');
          post(message, atMs);
        },
      },
      mortality,
    ),
    timer: mortal(
      {
        schedule: async ({ positionId, exitDueAtMs }: { positionId: string; exitDueAtMs: number }) => {
          if (faults.isTimerDown) throw new UpstreamUnavailableError('The timer was not reached');
          post({ positionId, wakeUpId: 'exit', source: 'timer' }, exitDueAtMs - 90_000);
        },
      },
      mortality,
    ),
    settings: {
      exitPolicy: { ...DEFAULT_EXIT_POLICY, ...options.exitPolicy },
      openingPolicy: DEFAULT_OPENING_POLICY,
      limits: options.limits ?? DEFAULT_RISK_LIMITS,
    },
  };
  const given = options.settlementWith?.({ clock });
  const settlement = given?.settlements?.[mode];
  const wakeDeps = {
    ...deps,
    store: mortal(store, mortality),
    redemptions: mortal(createMemoryRedemptionStore(), mortality),
    results: given?.results ?? [],
    settlements: settlement === undefined ? {} : { [mode]: mortal(settlement, mortality) },
  };
  const outcomes: TradingWorld['outcomes'] = [];
  const errors: unknown[] = [];
  const sweeps: SweepReport[] = [];

  const deliver = (letter: Letter): void => {
    letter.receiveCount += 1;
    const isSettlement = letter.message.to === 'settle';
    const wake = isSettlement ? wakeAwaiting : wakePosition;
    letter.visibleAtMs = clock.nowMs() + QUEUE_DELIVERY[isSettlement ? 'settle' : 'exit'].visibilityMs;
    const atMs = clock.nowMs();
    wake(wakeDeps, letter.message).then(
      (outcome) => {
        letter.isDone = true;
        outcomes.push({ ...outcome, message: letter.message, atMs });
      },
      (error: unknown) => errors.push(error),
    );
  };

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  };

  let nextSweepAtMs = OPENED_AT_MS + 60_000;
  const tick = async (): Promise<void> => {
    if (faults.isSweepOn && clock.nowMs() >= nextSweepAtMs) {
      nextSweepAtMs += 60_000;
      sweep({ clock, store, queue: deps.queue }).then(
        (report) => sweeps.push(report),
        (error: unknown) => errors.push(error),
      );
      await settle();
    }
    const due = letters.filter((letter) => !letter.isDone && letter.visibleAtMs <= clock.nowMs());
    if (!faults.isDeliveryOn || due.length === 0) return;
    for (const letter of due) deliver(letter);
    await settle();
  };

  const open: TradingWorld['open'] = (overrides = {}) =>
    openPosition(deps, {
      requestId: 'request-1',
      mode,
      asset: 'BTC',
      outcome: 'UP',
      marketSlug: MARKET.slug,
      budgetMicros: 25_000_000n,
      ...overrides,
    });
  const position = async (): Promise<Position> => {
    const [first] = await store.list();
    if (first === undefined) throw new Error('Nothing was opened');
    return first;
  };

  return {
    clock,
    exchange,
    store,
    account,
    deps,
    mortality,
    letters,
    outcomes,
    errors,
    sweeps,
    faults,
    series,
    open: (overrides) => clock.run(open(overrides)),
    startOpening: () => {
      open().catch((error: unknown) => errors.push(error));
    },
    send: (message, atMs) =>
      post({ positionId: 'position-000001', wakeUpId: 'exit', source: 'timer', ...message }, atMs ?? clock.nowMs()),
    runUntil: async (untilMs) => {
      await tick();
      while (clock.nowMs() < untilMs) {
        // The first tick at which something is due: in between nothing can happen.
        const visibleAtMs = letters.filter(({ isDone }) => !isDone).map((letter) => letter.visibleAtMs);
        const dueAtMs = Math.min(clock.nextWakeAtMs(), nextSweepAtMs, ...visibleAtMs);
        const tickCount = Math.max(Math.ceil(dueAtMs / TICK_MS), Math.floor(clock.nowMs() / TICK_MS) + 1);
        await clock.advanceTo(Math.min(tickCount * TICK_MS, untilMs));
        await tick();
      }
    },
    position,
    alertKinds: async () => store.alertsOf((await position()).positionId).map((alert) => alert.kind),
  };
}
