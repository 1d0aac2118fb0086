import type { ActionPreparation } from '#lib/adapters/polygon/owner/wallet-actions.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { printable, type Terminal } from '#lib/cli/terminal.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { utcTime } from '#lib/words/time-text.ts';
import type { JournalEntry } from './action-journal.ts';
import type { Owner } from './open-owner.ts';

export type Done = { readonly transactionHash: string; readonly blockNumber: bigint };

type Acting = Pick<Owner, 'actions' | 'journal'>;

const ANSWER_DEADLINE_MS = 20_000;
const LOOK_DEADLINE_MS = 10_000;
const LOOK_PAUSE_MS = 1_000;
/** Polygon finalises within seconds; the relayer may take a minute. */
const PATIENCE_MS = 150_000;

/** @throws CliError 3 */
export function orRefuse(preparation: ActionPreparation): Extract<ActionPreparation, { outcome: 'prepared' }> {
  if (preparation.outcome === 'prepared') return preparation;
  throw new CliError(EXIT_CODES.refused, 'refused', sentence(preparation.text));
}

/**
 * Sends a prepared action and waits until it is final. It is written down before it is sent, so that the next command
 * can look it up after a lost answer or a kill.
 * @throws CliError 3 when it was refused, 1 when it failed or is not final yet
 */
export async function performAction(
  owner: Acting,
  what: string,
  { intent }: Pick<JournalEntry, 'intent'>,
): Promise<Done> {
  const entry: JournalEntry = { what, startedAtMs: clock.nowMs(), intent, reference: null };
  owner.journal.save(entry);
  const answer = await owner.actions.send(intent, clock.nowMs() + ANSWER_DEADLINE_MS);
  switch (answer.outcome) {
    case 'refused':
    case 'not-sent':
      owner.journal.clear();
      throw new CliError(EXIT_CODES.refused, answer.outcome, `Nothing was sent. ${sentence(answer.text)}`);
    case 'accepted':
    case 'unknown': {
      const sent = { ...entry, reference: answer.outcome === 'accepted' ? answer.reference : null };
      owner.journal.save(sent);
      return settle(owner, sent);
    }
  }
}

/**
 * What became of the action that an earlier command left behind, if any: nothing else is signed before that is known.
 * @throws CliError 1 while it is not known
 */
export async function settleEarlier(terminal: Terminal, owner: Acting): Promise<void> {
  const entry = owner.journal.find();
  if (entry === undefined) return;
  const since = utcTime(entry.startedAtMs, terminal.nowMs());
  terminal.err(
    `An earlier command (${since}) did not see the end of: ${printable(entry.what)}. It is looked up first.`,
  );
  if (!(await owner.actions.isKnown(entry.intent, clock.nowMs() + LOOK_DEADLINE_MS))) {
    owner.journal.clear();
    const text = `The chain does not know it, so it is not sent again. If it was sent after all, it and what is sent next have the same nonce (${entry.intent.nonce}): at most one of them takes effect.`;
    terminal.err(narrate(text));
    return;
  }
  try {
    const { transactionHash } = await settle(owner, entry);
    terminal.err(`It took effect: ${transactionHash}`);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'no-effect') throw error;
    terminal.err(`It did not take effect. ${error.message}`);
  }
}

/** The chain's nonce, a receipt or the passed deadline decides. Nothing is sent again with another nonce. */
async function settle({ actions, journal }: Acting, entry: JournalEntry): Promise<Done> {
  const { intent, reference } = entry;
  const untilMs = clock.nowMs() + PATIENCE_MS;
  for (;;) {
    const found = await actions
      .find(intent, reference, clock.nowMs() + LOOK_DEADLINE_MS)
      .catch((error: unknown): { state: 'pending' } => {
        // Servers behind one address answer from different heads, and refuse what they do not have yet.
        if (error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError)
          return { state: 'pending' };
        throw error;
      });
    switch (found.state) {
      case 'done':
        journal.clear();
        return { transactionHash: found.transactionHash ?? reference ?? '?', blockNumber: found.blockNumber };
      case 'reverted':
      case 'void':
        journal.clear();
        throw new CliError(EXIT_CODES.failure, 'no-effect', `Nothing was moved. ${sentence(found.text)}`);
      case 'pending':
        if (clock.nowMs() >= untilMs) throw notFinal(entry);
        await clock.sleepUntil(Math.min(clock.nowMs() + LOOK_PAUSE_MS, untilMs), 'rough');
    }
  }
}

function notFinal({ what, intent }: JournalEntry): CliError {
  const end =
    intent.deadlineAtMs === null
      ? ''
      : ` If it has not taken effect by ${utcTime(intent.deadlineAtMs, clock.nowMs())}, it never will.`;
  const text = `It is not known yet whether this took effect: ${what}.${end} Run any of these commands again: it looks that up first, and signs nothing else before.`;
  return new CliError(EXIT_CODES.failure, 'not-final', text);
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
