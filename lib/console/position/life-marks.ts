import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { acquiredSharesMicros, boughtTotals, goneSharesMicros, soldTotals } from '#lib/domain/position/fill-totals.ts';
import type { FoundShares } from '#lib/domain/position/guarded-shares.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { averagePriceMicros } from '#lib/domain/position/position-view.ts';
import type { ReplayedStep } from '#lib/lifecycle/read/replay-timeline.ts';
import { describeStep } from '#lib/words/describe-step.ts';
import type { ChartPoint, Mark, MarkKind } from './position-message.ts';

/** What the chart marks: buys, tries, refusals, fills, rules and the settlement, at the price that each had. */
export function marksOf(steps: readonly ReplayedStep[]): readonly Mark[] {
  let tried: bigint | null = null;
  return steps.flatMap((step) => {
    const { event } = step.entry;
    if ('intent' in event) tried = event.intent.limitPriceMicros;
    if (event.type === 'sell-intended') tried = event.bidMicros ?? tried;
    const marks: readonly (readonly [MarkKind, bigint | null])[] = [...fillsOf(step), ...othersOf(step, tried)];
    const { text } = describeStep(step);
    return marks.map(([kind, priceMicros]) => ({
      atMs: event.atMs,
      kind,
      price: priceMicros === null ? null : toPrice(priceMicros),
      text,
    }));
  });
}

/** Best bids that were read on the way, oldest first. */
export function bidsOf(steps: readonly ReplayedStep[]): readonly ChartPoint[] {
  return steps
    .flatMap(({ entry: { event, evidence } }) => [
      ...pointOf(event.atMs, evidence.bestBidMicros),
      ...pointOf(evidence.firstLookAtMs, evidence.firstBestBidMicros),
      ...pointOf(evidence.secondLookAtMs, evidence.secondBestBidMicros),
    ])
    .toSorted((one, other) => one.atMs - other.atMs);
}

export const toPrice = (micros: bigint): number => Number(micros) / Number(ONE_MICROS);

/** The table has amounts as text of a whole number. */
function pointOf(atMs: unknown, micros: unknown): readonly ChartPoint[] {
  if (typeof atMs !== 'number' || !/^\d{1,15}$/.test(String(micros))) return [];
  return [{ atMs, price: toPrice(BigInt(String(micros))) }];
}

/** Shares that this step booked as bought or sold. */
function fillsOf({ before, after }: ReplayedStep): readonly (readonly [MarkKind, bigint | null])[] {
  if (before === null || after === null) return [];
  return [
    ...fillOf('buy', boughtTotals(before), boughtTotals(after)),
    ...fillOf('fill', soldTotals(before), soldTotals(after)),
  ];
}

type Booked = Pick<ReturnType<typeof soldTotals>, 'sharesMicros' | 'valueMicros'>;

function fillOf(kind: MarkKind, before: Booked, after: Booked): readonly (readonly [MarkKind, bigint | null])[] {
  const sharesMicros = after.sharesMicros - before.sharesMicros;
  if (sharesMicros <= 0n) return [];
  return [[kind, averagePriceMicros({ sharesMicros, valueMicros: after.valueMicros - before.valueMicros })]];
}

function othersOf(
  { entry: { event }, before }: ReplayedStep,
  tried: bigint | null,
): readonly (readonly [MarkKind, bigint | null])[] {
  switch (event.type) {
    case 'sell-intended':
    case 'hedge-intended':
      return [['try', tried]];
    case 'order-refused':
    case 'order-not-sent':
    case 'order-unknown':
      return [['refusal', tried]];
    case 'rule-fired':
      return [['rule', event.priceMicros]];
    case 'exit-requested':
      return [['rule', event.minPriceMicros ?? null]];
    case 'market-resolved':
      return [['settlement', (event.payout.own * ONE_MICROS) / event.payout.total]];
    case 'shares-found':
      return [['buy', averagePriceOf(event.found)]];
    case 'redemption-confirmed':
      return [['settlement', paidPerShare(event.payoutMicros, before)]];
    case 'loss-confirmed':
      return [['settlement', 0n]];
    case 'merge-confirmed':
      return [['settlement', null]];
    default:
      return [];
  }
}

function averagePriceOf({ sharesMicros, costMicros }: FoundShares): bigint | null {
  return costMicros === null ? null : averagePriceMicros({ sharesMicros, valueMicros: costMicros });
}

/** Null where the payout is of both outcomes. */
function paidPerShare(payoutMicros: bigint, before: Position | null): bigint | null {
  if (before === null || before.hedge !== undefined) return null;
  return averagePriceMicros({
    sharesMicros: acquiredSharesMicros(before) - goneSharesMicros(before),
    valueMicros: payoutMicros,
  });
}
