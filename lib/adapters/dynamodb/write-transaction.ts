import { setTimeout as pause } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { InvariantError, StoreUnavailableError } from '#lib/errors/errors.ts';
import { type TableDeps, toUnavailable, type WriteItem } from './table-access.ts';

/** One code per item of a cancelled transaction, in the items' order; empty when the table gave no such answer. */
export type CancellationCodes = readonly (string | undefined)[];

export const CONDITION_FAILED = 'ConditionalCheckFailed';

export type Transaction<Outcome> = {
  /** Asked before every try. */
  readonly listItems: () => readonly WriteItem[];
  /** What it means when the table says yes. */
  readonly written: Outcome;
  /** Asked after every failure: reads what has become of the transaction; undefined when it may be tried again. */
  readonly findOutcome: (codes: CancellationCodes) => Promise<Outcome | undefined>;
};

/** Transactions that meet on one row, such as the account's, cancel each other: with these pauses 20 at once get through. */
const TRY_COUNT_MAX = 7;
const FIRST_PAUSE_MS = 15;

/**
 * Writes all items or none. No failure is taken for "not written": the table is read to learn what happened, then the
 * transaction is tried again, a bounded number of times.
 * @throws InvariantError when the table calls the transaction malformed; surely nothing was written
 * @throws StoreUnavailableError when the outcome stays unknown
 */
export async function writeTransaction<Outcome>(deps: TableDeps, transaction: Transaction<Outcome>): Promise<Outcome> {
  for (let tryNumber = 1; ; tryNumber += 1) {
    try {
      await deps.client.send(new TransactWriteCommand({ TransactItems: [...transaction.listItems()] }));
      return transaction.written;
    } catch (error) {
      throwIfMalformed(error);
      const outcome = await transaction.findOutcome(cancellationCodes(error)).catch(undefinedIfUnavailable);
      if (outcome !== undefined) return outcome;
      if (tryNumber === TRY_COUNT_MAX) throw toUnavailable(error);
    }
    await pause(backoffMs(tryNumber));
  }
}

function cancellationCodes(error: unknown): CancellationCodes {
  if (!(error instanceof TransactionCanceledException)) return [];
  return (error.CancellationReasons ?? []).map((reason) => reason.Code);
}

/** Too large, or an expression the table does not take: the same request can never succeed, so it is a bug of ours. */
function throwIfMalformed(error: unknown): void {
  const isMalformed =
    (error instanceof Error && error.name === 'ValidationException') ||
    cancellationCodes(error).includes('ValidationError');
  if (isMalformed) throw new InvariantError('The table refuses a transaction as malformed', {}, { cause: error });
}

function undefinedIfUnavailable(error: unknown): undefined {
  if (!(error instanceof StoreUnavailableError)) throw error;
}

/** Doubles with every try; half of it is random, so that those who met once do not meet again. */
function backoffMs(tryNumber: number): number {
  const ceilingMs = FIRST_PAUSE_MS * 2 ** tryNumber;
  return ceilingMs / 2 + (Math.random() * ceilingMs) / 2;
}
