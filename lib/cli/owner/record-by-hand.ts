import { createDynamodbHandRecords } from '#lib/adapters/dynamodb/dynamodb-hand-records.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import type { HandRecord } from '#lib/ports/store/hand-records.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import type { Owner } from './open-owner.ts';

/**
 * Writes down what was done, where the suite has a table. A table that does not answer is reported and changes
 * nothing: the position ends by what venue and chain show.
 */
export async function recordByHand(
  terminal: Terminal,
  { place, walletAddress }: Pick<Owner, 'place' | 'walletAddress'>,
  done: readonly Omit<HandRecord, 'atMs'>[],
): Promise<void> {
  const { suite } = place;
  const tableName = suite?.env.TABLE_NAME;
  if (suite === null || !tableName) return;
  const aws = createAwsClients(suite.env, { ...suite.limits, attemptCountMax: 1 });
  try {
    const records = createDynamodbHandRecords({ client: aws.dynamodb, tableName });
    for (const each of done) {
      if (each.references.length > 0) await records.save(walletAddress, { ...each, atMs: terminal.nowMs() });
    }
  } catch {
    terminal.err('The table did not take the record of it. Nothing else depends on that.');
  } finally {
    aws.destroy();
  }
}
