import { formatMicros, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { Alert } from '#lib/domain/news/alert.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import { alarmEmbed, textEmbed } from './alarm-embed.ts';
import { amount, dollars, field } from './discord-figures.ts';
import type { DiscordEmbed, DiscordField } from './discord-limits.ts';
import { fitEmbed } from './discord-limits.ts';
import {
  ADVICE,
  ALERT_WORDS,
  EXIT_REASON_WORDS,
  NEWS_LOOK,
  SEVERITY_LOOKS,
  STATE_WORDS,
  setbackWords,
  wordsOr,
} from './discord-words.ts';
import { summaryEmbed } from './summary-embed.ts';

type StateChange = Extract<DomainEvent, { type: 'position-state-changed' }>;

/** The venue's words tell the cause in their first line; the rest is figures that stand in the timeline. */
const VENUE_TEXT_LENGTH_MAX = 300;
const SETBACK_COUNT_MAX = 8;

/** One notice as one embed: what, how much, why, and what it cost, within Discord's limits. */
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
  }
}

function alertEmbed(alert: Alert): DiscordEmbed {
  const words = ALERT_WORDS[alert.kind];
  const cause = alert.cause === null ? null : setbackWords(alert.cause);
  const advice = alert.cause === null ? undefined : ADVICE[alert.cause];
  const description = [words.meaning, cause === null ? null : `**Cause: ${cause}.**`, advice]
    .filter(Boolean)
    .join('\n');
  return positionEmbed(alert.position, {
    look: SEVERITY_LOOKS[alert.severity],
    headline: words.headline,
    description,
    atMs: alert.atMs,
    venueText: alert.venueText,
  });
}

function stateEmbed(event: StateChange): DiscordEmbed {
  const words = STATE_WORDS[event.to];
  const view = event.position;
  return positionEmbed(view, {
    look: event.to === 'exited' ? SEVERITY_LOOKS.info : NEWS_LOOK,
    headline: words.headline,
    description: event.to === 'holding' ? `${words.meaning} Exit at ${utcTime(view.exitDueAtMs)}.` : words.meaning,
    atMs: view.closedAtMs ?? view.exitAtMs ?? view.openedAtMs,
    venueText: null,
  });
}

function positionEmbed(
  view: PositionView,
  told: {
    readonly look: { readonly icon: string; readonly color: number };
    readonly headline: string;
    readonly description: string;
    readonly atMs: number;
    readonly venueText: string | null;
  },
): DiscordEmbed {
  return {
    title: `${told.look.icon} ${view.mode.toUpperCase()} · ${view.asset} ${view.outcome} · ${told.headline}`,
    description: view.mode === 'paper' ? `${told.description}\n*Paper: no real money moved.*` : told.description,
    color: told.look.color,
    fields: [...moneyFields(view), ...reasonFields(view, told.venueText), ...backgroundFields(view)],
    footer: { text: `${view.positionId} · v${view.version}` },
    timestamp: isoTime(told.atMs),
  };
}

function moneyFields(view: PositionView): readonly DiscordField[] {
  const shares = `${amount(view.sharesMicros)} bought\n${amount(view.soldMicros)} sold\n${amount(view.remainingMicros)} left`;
  const payout = view.payoutMicros === '0' ? '' : `\npayout ${dollars(view.payoutMicros)}`;
  return [
    field('Result', resultOf(view), true),
    field('Shares', shares, true),
    field('Paid', `${dollars(view.costMicros)}${atPrice(view.entryPrice)}`, true),
    field('Got', `${dollars(view.proceedsMicros)}${atPrice(view.exitPrice)}${payout}`, true),
    field('Fees', dollars(view.feesMicros), true),
    field('Market', `${windowOf(view.marketSlug)}ends ${utcTime(view.marketEndsAtMs)}`, true),
  ];
}

/** Profit after fees, with its sign, and in percent of what was paid. */
function resultOf(view: PositionView): string {
  if (view.pnlMicros === null) return 'not final yet';
  const pnlMicros = BigInt(view.pnlMicros);
  const costMicros = BigInt(view.costMicros);
  const sign = pnlMicros > 0n ? '+' : '';
  const percent =
    costMicros === 0n ? '' : ` (${sign}${formatMicros((pnlMicros * 100n * ONE_MICROS) / costMicros, 1)} %)`;
  return `**${sign}${dollars(view.pnlMicros)}**${percent}`;
}

function reasonFields(view: PositionView, venueText: string | null): readonly DiscordField[] {
  const fields: DiscordField[] = [];
  if (view.exitReason !== null) {
    fields.push(field('Why', `${wordsOr(EXIT_REASON_WORDS, view.exitReason)}\n\`${view.exitReason}\``, false));
  }
  if (view.refusals.length > 0) fields.push(field('Setbacks', setbacksOf(view), false));
  if (venueText !== null) {
    // Backticks would end the block and let the venue's text format, or link, what comes after.
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
    const move = [view.underlyingAtEntry, view.underlyingAtExit].map((price) => (price === null ? '?' : cents(price)));
    fields.push(field(view.asset, view.underlyingAtExit === null ? (move[0] ?? '?') : move.join(' → '), true));
  }
  const orders = `${view.attemptCount} ${view.attemptCount === 1 ? 'order' : 'orders'}`;
  const held = view.durationSeconds === null ? '' : `, held ${duration(view.durationSeconds)}`;
  fields.push(field('Effort', `${orders}${held}`, true));
  return fields;
}

/** A price of the underlying is known to the cent by those who trade it. */
function cents(price: string): string {
  const match = /^(\d+)(\.\d{1,2})?/.exec(price);
  if (match === null) return price;
  return `$${(match[1] ?? '').replace(/\B(?=(?:\d{3})+$)/g, ',')}${match[2] ?? ''}`;
}

/** `0.650000` → ` at 65.0¢`. */
function atPrice(price: string | null): string {
  const match = /^(\d+)\.(\d{2})(\d)/.exec(price ?? '');
  return match === null ? '' : `\nat ${Number(`${match[1]}${match[2]}`)}.${match[3]}¢`;
}

function windowOf(slug: string): string {
  const match = /-updown-(\d+m)-\d+$/.exec(slug);
  return match === null ? '' : `${match[1]} window\n`;
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A time outside of what a calendar knows must not keep an alert from being told. */
function isoTime(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

function utcTime(atMs: number): string {
  return `${isoTime(atMs).slice(11, 19)} UTC`;
}
