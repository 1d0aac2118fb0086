import type { ForeignHolding } from '#lib/domain/news/foreign-holding.ts';
import { dollars, shares } from '#lib/words/money-text.ts';
import { isoTime, utcTime } from '#lib/words/time-text.ts';
import type { DiscordEmbed } from './discord-limits.ts';
import { field, plain, SEVERITY_LOOKS } from './discord-look.ts';

/** Shares in the wallet that no position manages: how many, of what, until when, and what to do. */
export function holdingEmbed(holding: ForeignHolding): DiscordEmbed {
  const { marketSlug, conditionId, isResolved, atMs } = holding;
  const { icon, color } = SEVERITY_LOOKS.warning;
  return {
    title: `${icon} LIVE · ${plain(marketSlug ?? 'a market without a name')} · ${isResolved ? 'unclaimed winnings' : 'shares without a position'}`,
    description: `${meaningOf(holding)}\n${adviceOf(holding)}`,
    color,
    fields: [
      field(
        'Held',
        holding.outcomes.map(({ name, sharesMicros }) => `${shares(sharesMicros)} ${nameOf(name)}`).join('\n'),
        true,
      ),
      field(isResolved ? 'Pays' : 'Sells for now', holding.outcomes.map(worthOf).join('\n'), true),
      field('Market', endOf(holding), true),
    ],
    footer: { text: `${holding.wallet} · ${conditionId}` },
    timestamp: isoTime(atMs),
  };
}

function meaningOf({ isResolved }: ForeignHolding): string {
  return isResolved
    ? 'The wallet holds winning shares of a market that is resolved. No position of the suite redeems them.'
    : 'The wallet holds shares that were not bought by the suite. **They are not guarded**: no position sells them before the market ends.';
}

function adviceOf({ marketSlug, isResolved, besidePositionId }: ForeignHolding): string {
  if (marketSlug === null) {
    return `${isResolved ? 'Redeem' : 'Sell'} them on the venue's website: its index does not name this market.`;
  }
  const redeem = `\`tminus redeem --market ${quoted(marketSlug)}\``;
  if (isResolved) return `Redeem them with ${redeem}.`;
  if (besidePositionId !== null) {
    return `Position \`${quoted(besidePositionId)}\` holds the other outcome and is managed. Sell these shares on the venue's website: \`tminus sell-now\` would sell both.`;
  }
  return `Sell them with \`tminus sell-now --market ${quoted(marketSlug)}\`, or redeem them after the end with ${redeem}.`;
}

function worthOf({ worthMicros }: ForeignHolding['outcomes'][number]): string {
  return worthMicros === null ? 'unknown' : dollars(worthMicros);
}

function nameOf(name: string | null): string {
  return name === null ? 'of an outcome without a name' : plain(name);
}

function endOf({ marketEndsAtMs, isEndCertain, isResolved, atMs }: ForeignHolding): string {
  if (isResolved) return 'resolved';
  if (marketEndsAtMs === null) return 'its end is not known: watch it yourself';
  const isOver = marketEndsAtMs <= atMs;
  if (isEndCertain) return `${isOver ? 'ended' : 'ends'} ${utcTime(marketEndsAtMs, atMs)}`;
  return `announced to end ${utcTime(marketEndsAtMs, atMs)}: the real end is not known`;
}

/** Inside a command: a backtick would end it, and the rest could be markdown. */
function quoted(text: string): string {
  return text.replace(/[^\w.-]/g, '');
}
