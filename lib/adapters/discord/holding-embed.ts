import type { ForeignHolding } from '#lib/domain/news/foreign-holding.ts';
import { dollars, shares } from '#lib/words/money-text.ts';
import { isoTime, utcTime } from '#lib/words/time-text.ts';
import type { DiscordEmbed } from './discord-limits.ts';
import { field, plain, quoted, SEVERITY_LOOKS } from './discord-look.ts';

/** Shares in the wallet that no position manages: how many, of what, until when, and what to do. */
export function holdingEmbed(holding: ForeignHolding): DiscordEmbed {
  const { marketSlug, conditionId, isResolved, atMs } = holding;
  const { icon, color } = SEVERITY_LOOKS.warning;
  return {
    title: `${icon} LIVE · ${plain(marketSlug ?? 'a market without a name')} · ${isResolved ? 'unclaimed winnings' : 'shares without a position'}`,
    description: [meaningOf(holding), reasonOf(holding), adviceOf(holding)].filter(Boolean).join('\n'),
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

function meaningOf({ isResolved, ownPositionId, afterPositionId }: ForeignHolding): string {
  if (ownPositionId !== null && !isResolved) {
    return `The wallet holds more shares of this side than position \`${quoted(ownPositionId)}\` bought. **They are not guarded**: it sells only its own.`;
  }
  const after =
    afterPositionId === null ? '' : ` Position \`${quoted(afterPositionId)}\` had this side, and ended before.`;
  return isResolved
    ? `The wallet holds winning shares of a market that is resolved. No position of the suite redeems them.${after}`
    : `The wallet holds shares that were not bought by the suite. **They are not guarded**: no position sells them before the market ends.${after}`;
}

/** Why a stage that takes shares in left these alone. */
function reasonOf({ refusal }: ForeignHolding): string {
  return refusal === null ? '' : plain(refusal.message);
}

function adviceOf(holding: ForeignHolding): string {
  const { marketSlug, isResolved, besidePositionId, ownPositionId, refusal } = holding;
  if (marketSlug === null) {
    return `${isResolved ? 'Redeem' : 'Sell'} them on the venue's website: its index does not name this market.`;
  }
  const redeem = `\`tminus redeem --market ${quoted(marketSlug)}\``;
  if (refusal?.code === 'neg-risk') return "Redeem them on the venue's website.";
  if (isResolved) return `Redeem them with ${redeem}.`;
  if (besidePositionId !== null) {
    return `Position \`${quoted(besidePositionId)}\` holds the other outcome and is managed. Sell these shares on the venue's website: \`tminus sell-now\` would sell both.`;
  }
  if (ownPositionId !== null) {
    return `${guardCommand({ ...holding, isEndCertain: true }, marketSlug)} has the position take them in, with its exit and its rules.`;
  }
  if (refusal?.code === 'pairs') {
    return `\`tminus merge --market ${quoted(marketSlug)}\` turns them into dollars now; after the result ${redeem} does.`;
  }
  if (refusal?.code === 'market-over') return `Redeem them after the result with ${redeem}.`;
  return `Guard them with ${guardCommand(holding, marketSlug)}, sell them with \`tminus sell-now --market ${quoted(marketSlug)}\`, or redeem them after the end with ${redeem}.`;
}

/** Of the larger side, where both are held. When a market ends that is no up/down window, only its owner can say. */
function guardCommand({ outcomes, isEndCertain }: ForeignHolding, marketSlug: string): string {
  const [larger] = outcomes.toSorted((a, b) => Number(BigInt(b.sharesMicros) - BigInt(a.sharesMicros)));
  const side = larger?.name?.replace(/[^\w .-]/g, '') ?? 'SIDE';
  const exitAt = isEndCertain ? '' : ' --exit-at TIME';
  return `\`tminus guard --market ${quoted(marketSlug)} --side ${/^[\w.-]+$/.test(side) ? side : `"${side}"`}${exitAt}\``;
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
