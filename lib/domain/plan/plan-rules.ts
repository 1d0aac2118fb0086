import { formatMicros, mulDivRound, ONE_MICROS } from '#lib/domain/market/money.ts';
import { type ExitRules, HOLD_AT_ANY_PRICE_MICROS } from '#lib/domain/position/exit-policy.ts';
import type { OpeningRefusal } from '#lib/domain/refusal/opening-refusal.ts';

/**
 * A level as it was asked for: a price, or a share of the entry price in millionths. 20 % is that far below the entry
 * for a stop-loss, that far above it for a take-profit, and a distance of that for a trailing stop.
 */
export type AskedLevel = { readonly priceMicros: bigint } | { readonly shareMicros: bigint };

/** What a request or a preset says about rules. Everything left out is the stage's. */
export type AskedRules = {
  /** Name of a preset of the stage, or `none`. */
  readonly preset?: string;
  readonly stopLoss?: AskedLevel;
  readonly takeProfit?: AskedLevel;
  readonly trailingStop?: AskedLevel;
  readonly holdAboveMicros?: bigint;
};

export const NO_PRESET = 'none';

/** What the levels are compared with. Prices are a share's, before fees. */
export type RuleFacts = {
  /** What a share costs. Null when it is not known. */
  readonly entryPriceMicros: bigint | null;
  /** What selling all shares now would bring. Null when it is not known: then the first looks tell. */
  readonly sellBackMicros: bigint | null;
  readonly tickMicros: bigint;
  /** The floor: nothing is sold below it. */
  readonly minPriceMicros: bigint;
};

export type RuleRefusal = OpeningRefusal & { readonly code: 'rule-invalid' | 'rule-already-met' };

/** The rules with every level as a price; undefined without any. Or why they are refused. */
export function planRules(asked: AskedRules, facts: RuleFacts): ExitRules | undefined | RuleRefusal {
  const shares = sharesOf(asked);
  if (Object.keys(shares).length > 0 && facts.entryPriceMicros === null) return refusal('rule-invalid', ENTRY_UNKNOWN);
  const entryMicros = facts.entryPriceMicros ?? 0n;
  const levels = levelsOf(asked, entryMicros);
  const bad = refusalOfLevels(levels, asked, facts) ?? refusalOfMet(levels, asked, facts);
  if (bad !== null) return bad;
  if (Object.keys(levels).length === 0) return undefined;
  const { preset } = asked;
  return {
    ...levels,
    ...(Object.keys(shares).length > 0 && { shares }),
    ...(preset !== undefined && preset !== NO_PRESET && { preset }),
  };
}

function levelsOf({ stopLoss, takeProfit, trailingStop, holdAboveMicros }: AskedRules, entryMicros: bigint): ExitRules {
  const levelOf = (level: AskedLevel, baseMicros: bigint, sign: 1n | -1n): bigint =>
    'priceMicros' in level
      ? level.priceMicros
      : baseMicros + sign * mulDivRound(entryMicros, level.shareMicros, ONE_MICROS);
  return {
    ...(stopLoss !== undefined && { stopLossMicros: levelOf(stopLoss, entryMicros, -1n) }),
    ...(takeProfit !== undefined && { takeProfitMicros: levelOf(takeProfit, entryMicros, 1n) }),
    ...(trailingStop !== undefined && { trailingStopMicros: levelOf(trailingStop, 0n, 1n) }),
    ...(holdAboveMicros !== undefined && { holdAboveMicros }),
  };
}

function sharesOf({ stopLoss, takeProfit, trailingStop }: AskedRules): NonNullable<ExitRules['shares']> {
  return {
    ...(stopLoss !== undefined && 'shareMicros' in stopLoss && { stopLoss: stopLoss.shareMicros }),
    ...(takeProfit !== undefined && 'shareMicros' in takeProfit && { takeProfit: takeProfit.shareMicros }),
    ...(trailingStop !== undefined && 'shareMicros' in trailingStop && { trailingStop: trailingStop.shareMicros }),
  };
}

const ENTRY_UNKNOWN =
  'The price at which the shares were bought is not known, so that no rule can be a share of it. Give a price, such as 0.45.';

function refusal(code: RuleRefusal['code'], message: string): RuleRefusal {
  return { code, message };
}

const dollars = (micros: bigint): string => `$${formatMicros(micros, micros % 10_000n === 0n ? 2 : 4)}`;

/** "stop-loss of $0.45", with the share of the entry price that it is. */
function nameOf(
  rule: string,
  levelMicros: bigint,
  asked: AskedLevel | undefined,
  { entryPriceMicros }: RuleFacts,
): string {
  const isShare = asked !== undefined && 'shareMicros' in asked && entryPriceMicros !== null;
  const share = isShare ? ` (${percentOf(asked.shareMicros)} of the entry price ${dollars(entryPriceMicros)})` : '';
  return `${rule} of ${dollars(levelMicros)}${share}`;
}

function percentOf(shareMicros: bigint): string {
  return `${formatMicros(shareMicros * 100n).replace(/\.?0+$/, '')} %`;
}

/** Levels that no price can reach, or that contradict each other. */
function refusalOfLevels(levels: ExitRules, asked: AskedRules, facts: RuleFacts): RuleRefusal | null {
  const { stopLossMicros, takeProfitMicros, trailingStopMicros, holdAboveMicros } = levels;
  const { tickMicros, minPriceMicros } = facts;
  const invalid = (text: string): RuleRefusal => refusal('rule-invalid', text);
  if (stopLossMicros !== undefined) {
    const stop = nameOf('stop-loss', stopLossMicros, asked.stopLoss, facts);
    if (stopLossMicros < tickMicros)
      return invalid(`The ${stop} can never fire: the lowest price of this market is ${dollars(tickMicros)}.`);
    if (stopLossMicros < minPriceMicros)
      return invalid(
        `The ${stop} lies below the floor of ${dollars(minPriceMicros)}, under which nothing is sold. Lower the floor, or raise the stop-loss.`,
      );
    if (takeProfitMicros !== undefined && takeProfitMicros <= stopLossMicros)
      return invalid(
        `The ${stop} is not below the take-profit of ${dollars(takeProfitMicros)}: one of them fires at once.`,
      );
  }
  if (takeProfitMicros !== undefined && takeProfitMicros > ONE_MICROS - tickMicros) {
    const profit = nameOf('take-profit', takeProfitMicros, asked.takeProfit, facts);
    return invalid(
      `The ${profit} can never fire: the highest price of this market is ${dollars(ONE_MICROS - tickMicros)}.`,
    );
  }
  if (trailingStopMicros !== undefined && trailingStopMicros < tickMicros) {
    const trailing = nameOf('trailing stop', trailingStopMicros, asked.trailingStop, facts);
    return invalid(`The ${trailing} is nearer than a tick, ${dollars(tickMicros)}: the first move would fire it.`);
  }
  return holdAboveMicros === undefined ? null : refusalOfHold(holdAboveMicros, levels, facts);
}

/** A rule that never holds would let its owner wait for a result that never comes. */
function refusalOfHold(
  holdAboveMicros: bigint,
  { takeProfitMicros }: ExitRules,
  { tickMicros }: RuleFacts,
): RuleRefusal | null {
  const hold = `price of ${dollars(holdAboveMicros)} from which the exit is held`;
  const highestMicros = ONE_MICROS - tickMicros;
  if (holdAboveMicros > highestMicros) {
    return refusal('rule-invalid', `The ${hold} is above the highest of this market, ${dollars(highestMicros)}.`);
  }
  if (takeProfitMicros === undefined || takeProfitMicros > holdAboveMicros) return null;
  const profit = `take-profit of ${dollars(takeProfitMicros)}`;
  return refusal('rule-invalid', `The ${hold} is never seen: the ${profit} sells before. Leave out one of them.`);
}

/** A position that is bought at the ask must not be stopped by the spread that it has just crossed. */
function refusalOfMet(levels: ExitRules, asked: AskedRules, facts: RuleFacts): RuleRefusal | null {
  const { stopLossMicros, takeProfitMicros } = levels;
  const { sellBackMicros, entryPriceMicros } = facts;
  if (sellBackMicros === null) return null;
  const entry = entryPriceMicros === null ? '' : `, bought at ${dollars(entryPriceMicros)},`;
  const now = `all shares${entry} would sell at ${dollars(sellBackMicros)} now`;
  if (stopLossMicros !== undefined && stopLossMicros >= sellBackMicros) {
    const stop = nameOf('stop-loss', stopLossMicros, asked.stopLoss, facts);
    return refusal('rule-already-met', `The ${stop} would fire at once: ${now}. Choose one below that.`);
  }
  if (takeProfitMicros !== undefined && takeProfitMicros <= sellBackMicros) {
    const profit = nameOf('take-profit', takeProfitMicros, asked.takeProfit, facts);
    return refusal('rule-already-met', `The ${profit} would fire at once: ${now}. Choose one above that.`);
  }
  return null;
}

/**
 * Whether a position has the rules that a repeated request asks for. What it leaves out may have been changed since.
 */
export function hasRules(rules: ExitRules | undefined, asked: AskedRules | undefined): boolean {
  if (asked === undefined) return true;
  const { preset, stopLoss, takeProfit, trailingStop, holdAboveMicros } = asked;
  const isSame = (
    level: AskedLevel | undefined,
    micros: bigint | undefined,
    shareMicros: bigint | undefined,
  ): boolean =>
    level === undefined ||
    ('shareMicros' in level
      ? level.shareMicros === shareMicros
      : shareMicros === undefined && level.priceMicros === micros);
  return (
    (preset === undefined || (rules?.preset ?? NO_PRESET) === preset) &&
    isSame(stopLoss, rules?.stopLossMicros, rules?.shares?.stopLoss) &&
    isSame(takeProfit, rules?.takeProfitMicros, rules?.shares?.takeProfit) &&
    isSame(trailingStop, rules?.trailingStopMicros, rules?.shares?.trailingStop) &&
    // The result may have been asked for since.
    (holdAboveMicros === undefined ||
      holdAboveMicros === rules?.holdAboveMicros ||
      rules?.holdAboveMicros === HOLD_AT_ANY_PRICE_MICROS)
  );
}
