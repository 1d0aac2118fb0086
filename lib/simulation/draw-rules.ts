import type { Outcome } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { AskedLevel, AskedRules } from '#lib/domain/plan/plan-rules.ts';
import type { ExitRules } from '#lib/domain/position/exit-policy.ts';
import { movePrices, type PriceMove } from '#lib/venue/books/moved-market.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';

type Draw = (endExclusive: number) => number;

export type RuledTime = { readonly fromMs: number; readonly exitDueAtMs: number };

const TICK_MICROS = 10_000n;
const LOWEST_MICROS = 10_000n;
const HIGHEST_MICROS = 990_000n;

const ticks = (count: number): bigint => BigInt(count) * TICK_MICROS;

function withinPrices(priceMicros: bigint): bigint {
  if (priceMicros < LOWEST_MICROS) return LOWEST_MICROS;
  return priceMicros > HIGHEST_MICROS ? HIGHEST_MICROS : priceMicros;
}

/** Rules around the bid at which the life begins: near enough to be met, sometimes inside the spread. */
function drawRules(draw: Draw, bidMicros: bigint): ExitRules {
  const away = (): bigint => ticks(1 + draw(12));
  const rules = {
    ...(draw(2) === 0 && { stopLossMicros: withinPrices(bidMicros - away()) }),
    ...(draw(2) === 0 && { takeProfitMicros: withinPrices(bidMicros + away()) }),
    ...(draw(3) === 0 && { trailingStopMicros: away() }),
    ...(draw(3) === 0 && { holdAboveMicros: draw(2) === 0 ? withinPrices(bidMicros + away() - away()) : 970_000n }),
  };
  const { takeProfitMicros, holdAboveMicros, ...others } = rules;
  // A price from which the exit is held is refused where the take-profit sells before.
  const isSeen = takeProfitMicros === undefined || holdAboveMicros === undefined || takeProfitMicros > holdAboveMicros;
  const kept = isSeen ? rules : { ...others, takeProfitMicros };
  return Object.keys(kept).length > 0 ? kept : { stopLossMicros: withinPrices(bidMicros - ticks(5)) };
}

/** As a request asks for them: some as a share of the entry, which is near the bid. */
function askFor(draw: Draw, rules: ExitRules, bid: bigint): AskedRules {
  const { stopLossMicros, takeProfitMicros, trailingStopMicros, holdAboveMicros } = rules;
  const levelOf = (priceMicros: bigint, awayMicros: bigint): AskedLevel =>
    draw(4) === 0 && awayMicros > 0n ? { shareMicros: (awayMicros * ONE_MICROS) / bid } : { priceMicros };
  return {
    ...(stopLossMicros !== undefined && { stopLoss: levelOf(stopLossMicros, bid - stopLossMicros) }),
    ...(takeProfitMicros !== undefined && { takeProfit: levelOf(takeProfitMicros, takeProfitMicros - bid) }),
    ...(trailingStopMicros !== undefined && { trailingStop: levelOf(trailingStopMicros, trailingStopMicros) }),
    ...(holdAboveMicros !== undefined && { holdAboveMicros }),
  };
}

/** Prices at which a rule of these would act. A trailing stop's depends on the path: the entry's stands for it. */
function levelsOf({ stopLossMicros, takeProfitMicros, trailingStopMicros, holdAboveMicros }: ExitRules, bid: bigint) {
  const levels = [
    { levelMicros: stopLossMicros, beyond: -1n },
    { levelMicros: takeProfitMicros, beyond: 1n },
    { levelMicros: trailingStopMicros && withinPrices(bid - trailingStopMicros), beyond: -1n },
    { levelMicros: holdAboveMicros, beyond: 1n },
  ];
  return levels.flatMap(({ levelMicros, beyond }) => (levelMicros === undefined ? [] : [{ levelMicros, beyond }]));
}

const MOVE_COUNT_MAX = 4;

/** Moves of the held token's price to these levels: touched, crossed and gapped through, mostly within a second. */
function drawMoves(draw: Draw, rules: ExitRules, outcome: Outcome, bid: bigint, time: RuledTime): PriceMove[] {
  const levels = levelsOf(rules, bid);
  const spanMs = Math.max(time.exitDueAtMs - time.fromMs, 1);
  return Array.from({ length: 1 + draw(MOVE_COUNT_MAX) }, (): PriceMove => {
    const { levelMicros, beyond } = levels[draw(levels.length)] ?? { levelMicros: bid, beyond: 1n };
    // A rule that decides at the exit is met around it.
    const isAtExit = rules.holdAboveMicros === levelMicros && draw(2) === 0;
    const fromMs = isAtExit ? time.exitDueAtMs - 30_000 + draw(150_000) : time.fromMs + draw(spanMs);
    const window = { outcome, fromMs, untilMs: fromMs + drawLengthMs(draw) };
    const farMicros = withinPrices(levelMicros + beyond * ticks(5 + draw(20)));
    switch (draw(6)) {
      case 0:
        return { ...window, kind: 'bid', bidMicros: levelMicros, rampMs: draw(2) * 750 };
      case 1:
        return { ...window, kind: 'bid', bidMicros: withinPrices(levelMicros + beyond * TICK_MICROS), rampMs: 750 };
      case 2:
      case 3:
        return { ...window, kind: 'bid', bidMicros: farMicros, rampMs: draw(2) * 750 };
      case 4:
        return { ...window, kind: 'stray-bid', bidMicros: farMicros, sharesMicros: BigInt(1 + draw(5)) * 1_000_000n };
      default:
        return { ...window, kind: 'no-bids' };
    }
  }).toSorted((a, b) => a.fromMs - b.fromMs);
}

/** A third is over within a second, a third within some; the rest lasts, so that a rule has to fire. */
function drawLengthMs(draw: Draw): number {
  switch (draw(3)) {
    case 0:
      return 200 + draw(800);
    case 1:
      return 1_000 + draw(15_000);
    default:
      return 30_000 + draw(250_000);
  }
}

/** The market with rules that suit it, and with moves to their levels. Without a bid there are no rules. */
export function playRules(
  draw: Draw,
  playing: PlayingMarket,
  outcome: Outcome,
  time: RuledTime,
): { readonly playing: PlayingMarket; readonly rules: AskedRules } | null {
  const bidMicros = playing.bookAt(playing.market.tokenIds[outcome], time.fromMs)?.bids[0]?.priceMicros;
  if (bidMicros === undefined) return null;
  const rules = drawRules(draw, bidMicros);
  const moves = drawMoves(draw, rules, outcome, bidMicros, time);
  return { playing: movePrices(playing, moves), rules: askFor(draw, rules, bidMicros) };
}
