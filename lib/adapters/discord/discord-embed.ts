import { findWindowName } from '#lib/domain/market/up-down-markets.ts';
import type { Alert } from '#lib/domain/news/alert.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import { heldText, knownDollars, resultText } from '#lib/words/describe-shares.ts';
import { centsOf, dollars, shares, signedPercent, underlyingPrice } from '#lib/words/money-text.ts';
import {
  ADVICE,
  alertWords,
  EXIT_REASON_WORDS,
  PART_SOLD_WORDS,
  setbackWords,
  stateWords,
  whatOf,
  wordsOr,
} from '#lib/words/position-words.ts';
import { describeFired, describeRules } from '#lib/words/rule-words.ts';
import { holdingTime, isoTime, utcTime } from '#lib/words/time-text.ts';
import { actionEmbed } from './action-embed.ts';
import { alarmEmbed, textEmbed } from './alarm-embed.ts';
import { differenceEmbed } from './difference-embed.ts';
import type { DiscordEmbed, DiscordField } from './discord-limits.ts';
import { fitEmbed } from './discord-limits.ts';
import { field, NEWS_LOOK, SEVERITY_LOOKS } from './discord-look.ts';
import { holdingEmbed } from './holding-embed.ts';
import { summaryEmbed } from './summary-embed.ts';

type StateChange = Extract<DomainEvent, { type: 'position-state-changed' }>;

/** Four kinds of answers at their full length in the row. */
const VENUE_TEXT_LENGTH_MAX = 900;
const SETBACK_COUNT_MAX = 8;

/** One notice as one embed within Discord's limits: what happened, how much, why, and the result. */
export function toEmbed(notice: Notice): DiscordEmbed {
  return fitEmbed(embedOf(notice));
}

function embedOf(notice: Notice): DiscordEmbed {
  switch (notice.kind) {
    case 'alarm':
      return textEmbed(notice.title, notice.text);
    case 'watch-alarm':
      return alarmEmbed(notice);
    case 'event':
      return eventEmbed(notice.event);
  }
}

function eventEmbed(event: DomainEvent): DiscordEmbed {
  switch (event.type) {
    case 'position-alert':
      return alertEmbed(event.alert);
    case 'position-state-changed':
      return stateEmbed(event);
    case 'daily-summary':
      return summaryEmbed(event.summary);
    case 'foreign-holding':
      return holdingEmbed(event.holding);
    case 'wallet-difference':
      return differenceEmbed(event.difference);
    case 'operator-action':
      return actionEmbed(event.action);
  }
}

function alertEmbed(alert: Alert): DiscordEmbed {
  const words = alertWords(alert.kind, alert.position);
  const cause = alert.cause === null ? null : setbackWords(alert.cause);
  const advice = alert.cause === null ? undefined : ADVICE[alert.cause];
  const description = [words.meaning, cause === null ? null : `**Cause: ${cause}.**`, advice]
    .filter(Boolean)
    .join('\n');
  return positionEmbed(alert.position, {
    look: lookOf(alert),
    headline: words.headline,
    description,
    atMs: alert.atMs,
    venueText: wordsOfVenue(alert),
  });
}

/** The last words first, each with how often it was heard. */
function wordsOfVenue({ venueText, venueWords }: Alert): string | null {
  if (venueWords.length === 0) return venueText;
  const [only] = venueWords;
  if (venueWords.length === 1 && only?.count === 1) return venueText ?? only.text;
  return venueWords.map(({ text, count }) => `${count} × ${text}`).join('\n');
}

/** An end that the market's result decided has the colour of its figure. */
function lookOf({ kind, severity, position: { pnlMicros } }: Alert) {
  if (kind !== 'redeemed' && kind !== 'merged' && kind !== 'worthless') return SEVERITY_LOOKS[severity];
  return pnlMicros?.startsWith('-') === true ? SEVERITY_LOOKS.page : SEVERITY_LOOKS.info;
}

function stateEmbed(event: StateChange): DiscordEmbed {
  const isPartSold = event.from === 'exiting' && event.to === 'holding';
  const words = isPartSold ? PART_SOLD_WORDS : stateWords(event.to, event.position);
  const view = event.position;
  const atMs = view.closedAtMs ?? view.exitAtMs ?? (isPartSold ? view.lastBidAtMs : null) ?? view.openedAtMs;
  const exit = event.to === 'holding' ? ` Exit at ${utcTime(view.exitDueAtMs, atMs)}.` : '';
  const described = event.to === 'holding' ? describeRules(view) : null;
  const rules = described === null ? '' : ` Rules: ${described}.`;
  return positionEmbed(view, {
    look: event.to === 'exited' ? SEVERITY_LOOKS.info : NEWS_LOOK,
    headline: words.headline,
    description: `${words.meaning}${exit}${rules}`,
    atMs,
    venueText: null,
  });
}

function positionEmbed(
  view: PositionView,
  news: {
    readonly look: { readonly icon: string; readonly color: number };
    readonly headline: string;
    readonly description: string;
    readonly atMs: number;
    readonly venueText: string | null;
  },
): DiscordEmbed {
  return {
    title: `${news.look.icon} ${view.mode.toUpperCase()} · ${escaped(whatOf(view))} · ${news.headline}`,
    description: view.mode === 'paper' ? `${news.description}\n*Paper: no real money moved.*` : news.description,
    color: news.look.color,
    fields: [...moneyFields(view, news.atMs), ...reasonFields(view, news.venueText), ...backgroundFields(view)],
    footer: { text: `${view.positionId} · v${view.version}` },
    timestamp: isoTime(news.atMs),
  };
}

function moneyFields(view: PositionView, atMs: number): readonly DiscordField[] {
  const payout = view.payoutMicros === '0' ? '' : `\npayout ${dollars(view.payoutMicros)}`;
  const merged = view.mergedMicros === '0' ? '' : `\nmerged ${dollars(view.mergedMicros)}`;
  return [
    ...lossFields(view, atMs),
    ...heldFields(view, atMs),
    field('Result', resultOf(view), true),
    field('Shares', sizesOf(view), true),
    field('Paid', `${knownDollars(view.costMicros)}${atPrice(view.entryPrice)}${hedgeLine(view)}`, true),
    field('Got', `${dollars(view.proceedsMicros)}${atPrice(view.exitPrice)}${merged}${payout}`, true),
    field('Fees', dollars(view.feesMicros), true),
    field('Market', `${windowLine(view)}ends ${utcTime(view.marketEndsAtMs, atMs)}`, true),
  ];
}

function sizesOf(view: PositionView): string {
  const { sharesMicros, foundMicros, leftMicros } = view;
  const lines = [
    foundMicros === sharesMicros && foundMicros !== '0'
      ? null
      : `${shares(BigInt(sharesMicros) - BigInt(foundMicros))} bought`,
    foundMicros === '0' ? null : `${shares(foundMicros)} found in the wallet`,
    `${shares(view.soldMicros)} sold`,
    leftMicros === '0' ? null : `${shares(leftMicros)} sold or moved elsewhere`,
    `${shares(view.remainingMicros)} left`,
  ];
  return lines.filter((line) => line !== null).join('\n');
}

/** The other outcome's buy, where sells were blocked. */
function hedgeLine({ hedgeSharesMicros, hedgeCostMicros }: PositionView): string {
  if (hedgeSharesMicros === null || hedgeCostMicros === null) return '';
  return `\n${dollars(hedgeCostMicros)} for ${shares(hedgeSharesMicros)} of the other outcome`;
}

/** What holding brought against selling, once that is known. */
function heldFields(view: PositionView, atMs: number): readonly DiscordField[] {
  const text = heldText(view, atMs);
  return text === null ? [] : [field('Held instead of sold', text, false)];
}

function lossFields(view: PositionView, atMs: number): readonly DiscordField[] {
  const { lostMicros, lastBid, lastBidAtMs } = view;
  if (lostMicros === null || lastBidAtMs === null) return [];
  const seen = `last bid seen ${centsOf(lastBid)} at ${utcTime(lastBidAtMs, atMs)}, sold at ${centsOf(view.exitPrice)}`;
  return [field('Lost against the last bid', `**${dollars(lostMicros)}**\n${seen}`, false)];
}

function resultOf(view: PositionView): string {
  const { pnlMicros } = view;
  if (pnlMicros === null) return resultText(view, 'not final yet');
  const costMicros = BigInt(view.costMicros ?? '0');
  const percent = costMicros === 0n ? '' : ` (${signedPercent(BigInt(pnlMicros), costMicros)})`;
  return `**${resultText(view, '')}**${percent}`;
}

function reasonFields(view: PositionView, venueText: string | null): readonly DiscordField[] {
  const fields: DiscordField[] = [];
  const fired = describeFired(view);
  if (fired !== null) fields.push(field('Rule', fired, false));
  if (view.exitReason !== null) {
    fields.push(field('Why', `${wordsOr(EXIT_REASON_WORDS, view.exitReason)}\n\`${view.exitReason}\``, false));
  }
  if (view.refusals.length > 0) fields.push(field('Setbacks', setbacksOf(view), false));
  if (venueText !== null) {
    // Backticks would end the block, and the venue's text could then format or link what follows.
    const quoted = venueText.replaceAll('`', '´').slice(0, VENUE_TEXT_LENGTH_MAX).toWellFormed();
    fields.push(
      field('The venue said', `\`\`\`\n${quoted}${venueText.length > VENUE_TEXT_LENGTH_MAX ? '…' : ''}\n\`\`\``, false),
    );
  }
  return fields;
}

function setbacksOf(view: PositionView): string {
  const sorted = [...view.refusals].sort((a, b) => b.count - a.count);
  const lines = sorted.slice(0, SETBACK_COUNT_MAX).map(({ cause, count }) => `${count} × ${setbackWords(cause)}`);
  const hiddenCount = sorted.length - lines.length;
  return hiddenCount > 0 ? [...lines, `and ${hiddenCount} more kinds`].join('\n') : lines.join('\n');
}

function backgroundFields(view: PositionView): readonly DiscordField[] {
  const fields: DiscordField[] = [];
  if (view.underlyingAtEntry !== null || view.underlyingAtExit !== null) {
    const move = [view.underlyingAtEntry, view.underlyingAtExit].map((price) =>
      price === null ? '?' : underlyingPrice(price),
    );
    fields.push(
      field(view.asset ?? 'Underlying', view.underlyingAtExit === null ? (move[0] ?? '?') : move.join(' → '), true),
    );
  }
  const orders = `${view.attemptCount} ${view.attemptCount === 1 ? 'order' : 'orders'}`;
  const held = view.durationSeconds === null ? '' : `, held ${holdingTime(view.durationSeconds)}`;
  fields.push(field('Orders', `${orders}${held}`, true));
  return fields;
}

function atPrice(price: string | null): string {
  return price === null ? '' : `\nat ${centsOf(price)}`;
}

function windowLine(view: PositionView): string {
  const window = findWindowName(view.marketSlug, view.marketEndsAtMs);
  return window === undefined ? '' : `${window} window\n`;
}

/** The venue names the outcomes: their text must not format or link anything. */
function escaped(text: string): string {
  return text.replace(/[\\`*_~|[\]()<>#]/g, String.raw`\$&`);
}
