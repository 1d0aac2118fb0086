import { plain } from '#lib/adapters/discord/discord-look.ts';
import { isOperatorHalt } from '#lib/contracts/api/api-halt.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import type { Account } from '#lib/domain/position/risk-limits.ts';
import { haltDetails } from '#lib/domain/refusal/opening-refusal.ts';
import type { AskOutcome, PointlessCode } from '#lib/ports/remote-outcome.ts';
import { centsOf, shares, signedDollars } from '#lib/words/money-text.ts';
import { STATE_WORDS, whatOf } from '#lib/words/position-words.ts';
import { type Button, type ControlMessage, toMessage } from './control-message.ts';
import { nameOf, oneLine, timeMark } from './control-text.ts';
import { previewText } from './preview-text.ts';
import { customIdOf } from './remote-action.ts';

/** The answer to an ask, for the eyes of the person who asked. `askId` is of the ask that is answered. */
export function toAnswer(outcome: AskOutcome, askId: string): ControlMessage {
  switch (outcome.kind) {
    case 'positions':
      return listMessage(outcome);
    case 'offered':
      return toMessage(previewText(outcome.preview, outcome.offer.untilMs), [
        {
          label: CONFIRM_LABELS[outcome.preview.kind],
          customId: customIdOf({ kind: 'confirm', askId }),
          style: 'danger',
        },
        { label: 'Cancel', customId: customIdOf({ kind: 'cancel', askId }), style: 'plain' },
      ]);
    default:
      return toMessage(sentenceOf(outcome));
  }
}

const CONFIRM_LABELS = { exit: 'Sell now', 'exit-all': 'Sell all now', hold: 'Hold to the end', halt: 'Halt openings' };

function sentenceOf(outcome: Exclude<AskOutcome, { kind: 'positions' | 'offered' }>): string {
  switch (outcome.kind) {
    case 'exit-asked':
      return exitText(outcome.asked);
    case 'exits-asked':
      return exitsText(outcome);
    case 'hold-asked':
      return holdText(outcome.asked);
    case 'halt-asked':
      return haltText(outcome);
    case 'pointless':
      return `${nameOf(outcome.position)}: ${pointlessText(outcome)} Nothing was changed.`;
    case 'nothing-open':
      return 'No position is open: there is nothing to sell.';
    case 'no-such-position':
      return `There is no position ${plain(outcome.target)}. \`/positions\` lists the open ones.`;
    case 'several-positions':
      return `${outcome.count} open positions have an id like ${plain(outcome.target)}: give more of it.`;
    case 'offer-over':
      return OFFER_OVER_WORDS[outcome.reason];
    case 'cancelled':
      return 'Cancelled. Nothing was changed.';
  }
}

const OFFER_OVER_WORDS = {
  expired: 'The preview is more than a minute old, and prices move. Nothing was changed: ask again.',
  used: 'This was confirmed or cancelled before. Nothing was done a second time.',
  foreign: 'Another person asked for this: only they may confirm it. Nothing was changed.',
  unknown: 'This preview is not on record any more. Nothing was changed: ask again.',
} as const;

type AskedExit = Extract<AskOutcome, { kind: 'exit-asked' }>['asked'];

function exitText(asked: AskedExit): string {
  const name = nameOf(asked.position);
  switch (asked.outcome) {
    case 'requested':
      return `${name}: its exit is requested. The orders follow within seconds, and a card tells the result.`;
    case 'already-exiting':
      return `${name}: its exit had begun before. Nothing was asked for twice.`;
    case 'already-requested':
      return `${name}: this exit was requested before. ${stateText(asked.position)}`;
    case 'refused':
      return `${name}: ${refusalText(asked)} Nothing was changed.`;
  }
}

function holdText(asked: Extract<AskOutcome, { kind: 'hold-asked' }>['asked']): string {
  const name = nameOf(asked.position);
  switch (asked.outcome) {
    case 'held':
      return `${name}: held to the end. It is not sold at its exit, and the result decides. \`/exit\` still sells it.`;
    case 'held-before':
      return `${name}: it is held to the end, and was before this try.`;
    case 'refused':
      return `${name}: ${refusalText(asked)} Nothing was changed.`;
  }
}

type Refused = { readonly code: string; readonly message?: string | undefined; readonly position: Position };

function refusalText({ code, message, position }: Refused): string {
  if (code === 'already-closed' || code === 'past-deadline') return pointlessText({ code, position });
  if (code === 'exit-under-way') return pointlessText({ code, position });
  return plain(message ?? `refused (${code}).`);
}

function pointlessText({ code, position }: { readonly code: PointlessCode; readonly position: Position }): string {
  switch (code) {
    case 'already-closed':
      return `it has ended. ${stateText(position)}`;
    case 'past-deadline':
      return 'its market is over, and nothing can be sold any more. The result decides what the shares pay.';
    case 'exiting-already':
      return 'its exit has begun already.';
    case 'exit-under-way':
      return 'its exit was asked for before, or begins this moment.';
    case 'held-before':
      return 'it is held to the end already.';
  }
}

function stateText(position: Position): string {
  const { pnlMicros } = describePosition(position);
  const result = isClosed(position) && pnlMicros !== null ? ` Result: ${signedDollars(pnlMicros)}.` : '';
  return `It is now: ${STATE_WORDS[position.state].headline}.${result}`;
}

function exitsText(outcome: Extract<AskOutcome, { kind: 'exits-asked' }>): string {
  const { askedCount, failed, awaitingCount, corruptIds, unseenCount } = outcome;
  return [
    askedCount === 0
      ? 'None of them can be sold any more. Cards tell the results.'
      : `The exit of ${countOf(askedCount)} is requested. Cards tell the results.`,
    ...(failed.length === 0
      ? []
      : [`**Not known whether it is requested**: ${failed.map(nameOf).join(', ')}. Ask again with \`/exit\`.`]),
    ...(awaitingCount === 0 ? [] : [`${countOf(awaitingCount)} can no longer be sold: the result decides.`]),
    ...(corruptIds.length === 0 ? [] : [`**Rows that cannot be read**: ${corruptIds.map(plain).join(', ')}.`]),
    ...(unseenCount === 0 ? [] : [`**${countOf(unseenCount)} not seen yet**: ask again in a moment.`]),
  ].join('\n');
}

function haltText({ outcome, accounts }: Extract<AskOutcome, { kind: 'halt-asked' }>): string {
  const halts = haltLines(accounts);
  if (outcome === 'new' && halts.length > 0) {
    return `${halts.join('\n')}\nExits go on. Only \`tminus resume\` on the command line allows openings again.`;
  }
  if (outcome === 'repeated') return ['This halt was placed before.', ...halts].join('\n');
  return ['Nothing was changed.', ...halts].join('\n');
}

function haltLines(accounts: readonly Account[]): readonly string[] {
  return accounts.flatMap(({ mode, halt }) => {
    if (halt === null) return [];
    const who = isOperatorHalt(halt) ? '' : ' (through the API)';
    return [`**Openings are halted (${mode})**${plain(oneLine(haltDetails(halt)))}${who}.`];
  });
}

/** As many as fit into a message, with a button for those that can be sold. */
const LISTED_MAX = 12;
const SELL_BUTTONS_MAX = 10;
/** Enough to tell positions apart, and short enough to type. */
const SHORT_ID_LENGTH = 8;

function listMessage({ positions, corruptIds, accounts }: Extract<AskOutcome, { kind: 'positions' }>): ControlMessage {
  const listed = positions.slice(0, LISTED_MAX);
  const hiddenCount = positions.length - listed.length;
  const text = [
    ...haltLines(accounts),
    positions.length === 0 ? 'No position is open.' : `**${countOf(positions.length)} open**, newest first`,
    ...listed.map(lineOf),
    ...(hiddenCount === 0 ? [] : [`and ${hiddenCount} more: \`tminus positions\``]),
    ...(corruptIds.length === 0
      ? []
      : [`**Rows that cannot be read**: ${corruptIds.slice(0, 5).map(plain).join(', ')}`]),
  ].join('\n');
  const sellable = listed.filter(({ state }) => state === 'holding' || state === 'buying').slice(0, SELL_BUTTONS_MAX);
  return toMessage(text, sellable.map(sellButton));
}

function sellButton(position: Position): Button {
  const what = whatOf(describePosition(position));
  const target = position.positionId;
  return { label: `Sell ${what} · ${shortId(target)}`, customId: customIdOf({ kind: 'exit', target }), style: 'plain' };
}

/** `<t:…:R>` is a time that Discord shows in the reader's zone and counts down by itself. */
function lineOf(position: Position): string {
  const view = describePosition(position);
  const size = `${shares(view.remainingMicros)} at ${centsOf(view.entryPrice)}`;
  const end = position.state === 'awaiting-resolution' ? view.marketEndsAtMs : view.exitDueAtMs;
  const when = `${position.state === 'awaiting-resolution' ? 'ended' : 'exit'} ${timeMark(end, 'R')}`;
  const state = STATE_WORDS[position.state].headline;
  return `\`${shortId(position.positionId)}\` ${nameOf(position)} · ${size} · ${state} · ${when}`;
}

function shortId(positionId: string): string {
  return positionId.slice(-SHORT_ID_LENGTH).replace(/[^\w-]/g, '');
}

function countOf(count: number): string {
  return `${count} ${count === 1 ? 'position' : 'positions'}`;
}
