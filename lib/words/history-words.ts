import type { Distribution } from '#lib/domain/history/distribution.ts';
import type { ModeHistory } from '#lib/domain/history/history.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import { dollars, signedDollars, signedPercent } from './money-text.ts';
import { tookText } from './time-text.ts';

export type Tile = { readonly name: string; readonly text: string; readonly tone?: 'good' | 'bad' | 'warn' };

/** The figures of a history that stand above all others. */
export function historyTiles({ ended, drawdownMicros, gasWei, open }: ModeHistory): readonly Tile[] {
  const { resultMicros, costMicros, count, wonCount, lostCount } = ended;
  const share = costMicros > 0n ? ` (${signedPercent(resultMicros, costMicros)})` : '';
  const tone = resultMicros > 0n ? 'good' : 'bad';
  const isKnown = count > ended.unknownCount;
  return [
    {
      name: 'Result',
      text: isKnown ? `${signedDollars(resultMicros)}${share}` : count === 0 ? 'none' : 'unknown',
      ...(isKnown && resultMicros !== 0n && { tone }),
    },
    { name: 'Ended', text: `${count}, ${wonCount} won, ${lostCount} lost` },
    { name: 'Paid for them', text: isKnown || count === 0 ? dollars(costMicros) : 'unknown' },
    { name: 'Fees', text: isKnown || count === 0 ? dollars(ended.feesMicros) : 'unknown' },
    { name: 'Deepest fall', text: dollars(drawdownMicros) },
    ...(gasWei === 0n ? [] : [{ name: 'Gas', text: `${formatMicros(gasWei / 1_000_000_000_000n, 4)} POL` }]),
    { name: 'Open now', text: openText(open) },
    {
      name: 'Won and unclaimed',
      text: open.unclaimedCount === 0 ? 'nothing' : `${dollars(open.unclaimedMicros)} in ${open.unclaimedCount}`,
      ...(open.unclaimedCount > 0 && { tone: 'warn' }),
    },
  ];
}

function openText({ count, costMicros, costUnknownCount }: ModeHistory['open']): string {
  if (count === 0) return 'none';
  const unknown = costUnknownCount === 0 ? '' : `, ${costUnknownCount} of unknown cost`;
  return `${count}, paid ${dollars(costMicros)}${unknown}`;
}

export const LATENESS_TEXT = 'From the time an exit was due to its first order.';

export function healingText({ healingUnknownCount }: ModeHistory): string {
  const missing = healingUnknownCount === 0 ? '' : ` Not known of ${healingUnknownCount}, whose timeline is missing.`;
  return `From the first refused sell to the next one that was taken, or to the end of the position.${missing}`;
}

/** `12 measured · median 0.4 s · …`; null without a value. */
export function distributionText({ count, medianMs, p90Ms, p99Ms, maxMs }: Distribution): string | null {
  if (count === 0) return null;
  const quantiles = Object.entries({ median: medianMs, '90 %': p90Ms, '99 %': p99Ms, longest: maxMs });
  return [`${count} measured`, ...quantiles.map(([name, ms]) => `${name} ${tookText(ms ?? 0)}`)].join(' · ');
}
