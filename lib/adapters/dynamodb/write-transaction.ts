import { setTimeout as pause } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { InvariantError, StoreUnavailableError } from '#lib/errors/errors.ts';
import { type TableDeps, toUnavailable, type WriteItem } from './table-access.ts';

/** One code for each item of a cancelled transaction, in order; empty when the failure was another. */
export type CancellationCodes = readonly (string | undefined)[];

export const CONDITION_FAILED = 'ConditionalCheckFailed';

export type Transaction<Outcome> = {
  readonly listItems: () => readonly WriteItem[];
  readonly written: Outcome;
  /**
   * Called after every failure: reads the outcome from the table; undefined when the transaction may be tried again.
   */
  readonly findOutcome: (codes: CancellationCodes) => Promise<Outcome | undefined>;
};

/**
 * Transactions that touch the same row, such as the account's, cancel each other. With these pauses 20 at once succeed.
 */
const TRY_COUNT_MAX = 7;
const FIRST_PAUSE_MS = 15;

/**
 * Writes all items or none. After a failure the table is read to find out what happened, then the transaction is tried
 * again, a bounded number of times.
 * @throws InvariantError when the table rejects the transaction as malformed; nothing was written
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

/** A malformed or oversized request can never succeed: it is a bug. */
function throwIfMalformed(error: unknown): void {
  const isMalformed =
    (error instanceof Error && error.name === 'ValidationException') ||
    cancellationCodes(error).includes('ValidationError');
  if (isMalformed) throw new InvariantError('The table rejected a transaction as malformed', {}, { cause: error });
}

function undefinedIfUnavailable(error: unknown): undefined {
  if (!(error instanceof StoreUnavailableError)) throw error;
}

/** Doubles with every try. Half of it is random, so that transactions that met once do not meet again. */
function backoffMs(tryNumber: number): number {
  const ceilingMs = FIRST_PAUSE_MS * 2 ** tryNumber;
  return ceilingMs / 2 + (Math.random() * ceilingMs) / 2;
}
