import type { Market, OrderBook, Outcome } from '#lib/domain/market/market.ts';
import {
  ceilTo,
  formatMicros,
  maxMicros,
  minMicros,
  mulDivCeil,
  mulDivFloor,
  ONE_MICROS,
} from '#lib/domain/market/money.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import { CENT_MICROS, floorToSizeStep, sizeStepMicros, toWholeCents } from '#lib/domain/market/order-amounts.ts';
import { MARKETABLE_BUY_MIN_MICROS } from '#lib/domain/market/venue-rules.ts';
import { isFilledBy, totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import type { MaintenanceWindow } from '#lib/domain/plan/maintenance-window.ts';
import { type ExitPolicy, type ExitRules, type ExitTerms, withExitTerms } from '#lib/domain/position/exit-policy.ts';
import { averagePriceMicros } from '#lib/domain/position/position-view.ts';
import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import {
  isTradable,
  type OpeningRefusal,
  type OpeningRefusalCode,
  type UntradableMarket,
} from '#lib/domain/refusal/opening-refusal.ts';
import { planExitTime, timeOf } from './exit-time.ts';
import { DEFAULT_OPENING_GATE, findBookRefusal, findRoundTripRefusal, type OpeningGatePolicy } from './opening-gate.ts';
import { type AskedRules, NO_PRESET, planRules, type RuleFacts } from './plan-rules.ts';
import { wholePriceMicros } from './sell-back.ts';

export type OpeningPolicy = OpeningGatePolicy & {
  /** Shortest time from the opening to the exit's due time. A later buy may not settle before it (venue §3.5). */
  readonly timeToExitMsMin: number;
  readonly slackTicks: number;
  readonly maintenance: readonly MaintenanceWindow[];
};

export const DEFAULT_OPENING_POLICY: OpeningPolicy = {
  ...DEFAULT_OPENING_GATE,
  timeToExitMsMin: 20_000,
  slackTicks: 2,
  maintenance: [],
};

/** What one request chooses itself. */
export type OwnTerms = Partial<ExitTerms & Pick<OpeningPolicy, 'maintenance'>> & { readonly rules?: AskedRules };

/** What a stage offers under a name. */
export type Preset = Omit<OwnTerms, 'maintenance'>;

export type Presets = {
  readonly presets?: Readonly<Record<string, Preset>>;
  /** The preset of requests that name none. Default: no preset. */
  readonly defaultPreset?: string;
};

/** The terms with what they leave out of their preset, or of the stage's. */
export function withPreset(
  { presets = {}, defaultPreset = NO_PRESET }: Presets,
  terms: OwnTerms,
): OwnTerms | (OpeningRefusal & { readonly code: 'preset-unknown' }) {
  const name = terms.rules?.preset ?? defaultPreset;
  if (name === NO_PRESET) return terms;
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined) {
    const names = [...Object.keys(presets), NO_PRESET].join(', ');
    return refusal('preset-unknown', `This stage has no preset "${name}". Choose one of: ${names}.`);
  }
  return { ...preset, ...terms, rules: { ...preset.rules, ...terms.rules, preset: name } };
}

type OpeningRules = { readonly exitPolicy: ExitPolicy; readonly openingPolicy: OpeningPolicy };

/** The stage's rules with the request's own terms. Its maintenance windows are added to the stage's. */
export function withOwnTerms<Rules extends OpeningRules>(rules: Rules, terms: OwnTerms): Rules {
  const { exitPolicy, openingPolicy } = rules;
  const { slackTicks = openingPolicy.slackTicks, maintenance = [] } = terms;
  return {
    ...rules,
    exitPolicy: withExitTerms(exitPolicy, terms),
    openingPolicy: { ...openingPolicy, slackTicks, maintenance: [...openingPolicy.maintenance, ...maintenance] },
  };
}

export type OpeningInput = {
  readonly marketSlug: string;
  readonly market: Market | UntradableMarket | undefined;
  readonly book: OrderBook | undefined;
  /** The book of the other outcome, which has to fit; undefined when it could not be read. */
  readonly otherBook?: OrderBook | undefined;
  readonly outcome: Outcome;
  /** When the exit is due; undefined for T − exit lead. */
  readonly exitAtMs?: number | undefined;
  readonly budgetMicros: bigint;
  readonly nowMs: number;
  readonly exitPolicy: ExitPolicy;
  readonly openingPolicy: OpeningPolicy;
  readonly limits: RiskLimits;
  /** Rules to plan. Default: those of `exitPolicy`, whose levels are prices already. */
  readonly rules?: AskedRules | undefined;
};

export type OpeningPlan = {
  readonly market: Market;
  readonly buy: OrderTerms;
  readonly exitDueAtMs: number;
  readonly bidMicros: bigint | null;
  readonly rules: ExitRules | undefined;
  /** What selling the bought shares again at once would bring, a share. Null when the book does not tell. */
  readonly sellBackMicros: bigint | null;
};

/** Plans the buy, or returns why the position is not opened. */
export function planOpening(input: OpeningInput): OpeningPlan | OpeningRefusal {
  const { market, nowMs, limits, budgetMicros } = input;
  if (market === undefined) {
    return refusal('market-unknown', `The venue lists no market "${input.marketSlug}". Check asset, window and slug.`);
  }
  if (budgetMicros > limits.budgetMicrosMax) {
    const limit = formatMicros(limits.budgetMicrosMax);
    return refusal(
      'budget-above-limit',
      `A position may cost at most $${limit}. Reduce the amount, or raise the limit.`,
    );
  }
  if (!isTradable(market)) return market.refusal;
  const closed = refusalOfMarket(market, nowMs);
  if (closed !== null) return closed;
  const exitDueAtMs = planExitTime(input, market);
  return typeof exitDueAtMs === 'number' ? planBuy(input, market, exitDueAtMs) : exitDueAtMs;
}

function refusal<Code extends OpeningRefusalCode>(code: Code, message: string) {
  return { code, message };
}

function refusalOfMarket(market: Market, nowMs: number): OpeningRefusal | null {
  const { slug, endsAtMs, negRisk } = market;
  if (negRisk) {
    return refusal(
      'market-unsupported',
      `The market ${slug} is a neg-risk market: its shares could be sold, but T-minus cannot redeem them. Choose another market.`,
    );
  }
  if (nowMs >= endsAtMs) {
    return refusal(
      'market-over',
      `The market ${slug} ended at ${timeOf(endsAtMs, nowMs)}. Choose ${market.asset === null ? 'another market' : 'the current window'}.`,
    );
  }
  if (market.closed || !market.acceptingOrders) {
    return refusal(
      'market-closed',
      `The market ${slug} accepts no orders. Choose another ${market.asset === null ? 'market' : 'window'}.`,
    );
  }
  return null;
}

function planBuy(input: OpeningInput, market: Market, exitDueAtMs: number): OpeningPlan | OpeningRefusal {
  const { book, outcome, budgetMicros, openingPolicy } = input;
  const bestAsk = book?.asks[0];
  if (book === undefined || bestAsk === undefined) {
    return refusal(
      'book-too-thin',
      `The book of ${market.slug} has no offers for ${market.outcomeNames[outcome]}. Try again later.`,
    );
  }
  const flawed = findBookRefusal(input, market, book, input.otherBook);
  if (flawed !== null) return flawed;
  const worstMicros = bestAsk.priceMicros + BigInt(openingPolicy.slackTicks) * book.tickMicros;
  const limitPriceMicros = toWholeCents('BUY', minMicros(worstMicros, ONE_MICROS - book.tickMicros));
  const sharesMicros = affordableSharesMicros(budgetMicros, limitPriceMicros, market.feeRateMicros);
  const tooSmall = refusalOfSize(sharesMicros, limitPriceMicros, market, input.limits);
  if (tooSmall !== null) return tooSmall;
  const token = { tokenId: market.tokenIds[outcome], negRisk: market.negRisk, marketVersion: market.version };
  const buy: OrderTerms = { side: 'BUY', orderType: 'FOK', ...token, sharesMicros, limitPriceMicros };
  const lossy = refusalOfDepth(book, buy) ?? findRoundTripRefusal(input, market, book, buy);
  if (lossy !== null) return lossy;
  const bought = totalsOfSlices(walkBook(book, buy), market.feeRateMicros);
  const look = { book, atMs: input.nowMs };
  const sellBackMicros = wholePriceMicros(look, bought.sharesMicros, { marketEndsAtMs: market.endsAtMs });
  const rules = planRulesOf(input, { entryPriceMicros: averagePriceMicros(bought), sellBackMicros, ...book });
  if (rules !== undefined && 'code' in rules) return rules;
  return { market, buy, exitDueAtMs, bidMicros: book.bids[0]?.priceMicros ?? null, rules, sellBackMicros };
}

function planRulesOf({ rules, exitPolicy }: OpeningInput, facts: Omit<RuleFacts, 'minPriceMicros'>) {
  if (rules === undefined) return exitPolicy.rules;
  return planRules(rules, { ...facts, minPriceMicros: exitPolicy.minPriceMicros });
}

/**
 * The most shares within the budget, fee included. A buy spends all its dollars, so at a lower price it brings more
 * shares and its fee grows: per dollar it is rate · (1 − price). An order that arrives late may meet any price, so the
 * budget pays the whole rate.
 */
export function affordableSharesMicros(budgetMicros: bigint, limitPriceMicros: bigint, feeRateMicros: bigint): bigint {
  const affordable = mulDivFloor(budgetMicros, ONE_MICROS, priceWithFeeMicros(limitPriceMicros, feeRateMicros));
  return floorToSizeStep('BUY', affordable, limitPriceMicros);
}

function priceWithFeeMicros(limitPriceMicros: bigint, feeRateMicros: bigint): bigint {
  return limitPriceMicros + mulDivCeil(limitPriceMicros, feeRateMicros, ONE_MICROS);
}

/** The smallest budget, in whole cents, whose buy at this limit is large enough for market and venue. */
export function smallestBudgetMicros(
  { minOrderSharesMicros, feeRateMicros }: Pick<Market, 'minOrderSharesMicros' | 'feeRateMicros'>,
  limitPriceMicros: bigint,
): bigint {
  const ofMinimumValue = mulDivCeil(MARKETABLE_BUY_MIN_MICROS, ONE_MICROS, limitPriceMicros);
  const step = sizeStepMicros('BUY', limitPriceMicros);
  const sharesMicros = ceilTo(maxMicros(minOrderSharesMicros, ofMinimumValue), step);
  const budgetMicros = mulDivCeil(sharesMicros, priceWithFeeMicros(limitPriceMicros, feeRateMicros), ONE_MICROS);
  return ceilTo(budgetMicros, CENT_MICROS);
}

function refusalOfSize(
  sharesMicros: bigint,
  limitPriceMicros: bigint,
  market: Market,
  { budgetMicrosMax }: RiskLimits,
): OpeningRefusal | null {
  const enoughMicros = smallestBudgetMicros(market, limitPriceMicros);
  const capped = `, but a position may cost at most $${formatMicros(budgetMicrosMax)}: raise that limit as well`;
  const advice = `Increase the amount: $${formatMicros(enoughMicros)} are enough now${enoughMicros > budgetMicrosMax ? capped : ''}.`;
  if (sharesMicros < market.minOrderSharesMicros) {
    const minimum = formatMicros(market.minOrderSharesMicros);
    return refusal(
      'below-minimum-size',
      `The amount buys ${formatMicros(sharesMicros)} shares; the market's minimum is ${minimum}. ${advice}`,
    );
  }
  if (mulDivFloor(sharesMicros, limitPriceMicros, ONE_MICROS) < MARKETABLE_BUY_MIN_MICROS) {
    return refusal('below-minimum-size', `The venue accepts no buy below $1. ${advice}`);
  }
  return null;
}

/** The offers must take all dollars of the buy. */
function refusalOfDepth(book: OrderBook, buy: OrderTerms): OpeningRefusal | null {
  const slices = walkBook(book, buy);
  if (isFilledBy(buy, slices)) return null;
  const offered = formatMicros(totalsOfSlices(slices, 0n).sharesMicros);
  const wanted = `${formatMicros(buy.sharesMicros)} shares at $${formatMicros(buy.limitPriceMicros)} or less`;
  return refusal('book-too-thin', `The book offers only ${offered} of ${wanted}. Reduce the amount.`);
}
