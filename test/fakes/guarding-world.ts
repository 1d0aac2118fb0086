import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import {
  type GuardPositionCommand,
  type GuardPositionOutcome,
  guardPosition,
} from '#lib/lifecycle/guard/guard-position.ts';
import { createScriptedReadings, type ScriptedReadings } from './scripted-readings.ts';
import { createScriptedWallet } from './scripted-wallet.ts';
import { createTradingWorld, MARKET, type TradingWorld, type TradingWorldOptions } from './trading-world.ts';

export type GuardingWorld = TradingWorld & {
  readonly readings: ScriptedReadings;
  readonly guard: (overrides?: Partial<GuardPositionCommand>) => Promise<GuardPositionOutcome>;
  /** Guards without waiting for the answer, for requests that crash. */
  readonly startGuarding: (overrides?: Partial<GuardPositionCommand>) => void;
};

export const SHARES_MICROS = 40_000_000n;

/** A live wallet whose shares a bot buys and sells. */
export function createGuardingWorld(options: TradingWorldOptions = {}): GuardingWorld {
  let readings: ScriptedReadings | undefined;
  const world = createTradingWorld({
    mode: 'live',
    readingsWith: ({ clock, exchange }) => {
      readings = createScriptedReadings(clock, (untilMs) => exchange.soldUntilMicros(untilMs));
      exchange.settings.foreignMicros = () => readings?.movedMicros() ?? 0n;
      return readings;
    },
    walletWith: (clock) => ({
      ...createScriptedWallet(clock),
      getHoldings: async () => {
        if (readings?.settings.isDown !== false) throw new UpstreamUnavailableError('The chain was not reached');
        const { otherSharesMicros } = readings.settings;
        return { sharesMicros: readings.newestMicros(), otherSharesMicros, approved: true };
      },
    }),
    ...options,
  });
  if (readings === undefined) throw new Error('The world has no readings');
  const guard = (overrides: Partial<GuardPositionCommand> = {}) =>
    guardPosition(world.deps, {
      ...{ requestId: 'guard-1', origin: 'guard', mode: 'live', marketSlug: MARKET.slug, outcome: 'UP' },
      expectShares: false,
      ...overrides,
    });
  return {
    ...world,
    readings,
    guard: (overrides) => world.clock.run(guard(overrides)),
    startGuarding: (overrides) => {
      guard(overrides).catch((error: unknown) => world.errors.push(error));
    },
  };
}
