import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { ApprovalReadings } from '#lib/ports/wallet/approval-readings.ts';
import { TimeSchema } from './positions/order-schema.ts';
import { decodeRow } from './row-codec.ts';
import { findRow, orUnavailable, type TableDeps } from './table-access.ts';
import { approvalsKey } from './table-schema.ts';

/** Fields that a later release adds are ignored: a reading that is not understood would stop openings. */
const ReadingSchema = z.object({
  readAtMs: TimeSchema,
  granted: z.readonly(z.array(z.object({ contract: z.string(), spender: z.string() }))),
});

/** `WALLET#<address>` / `APPROVALS`: the last reading of the wallet's approvals. */
export function createDynamodbApprovalReadings(deps: Pick<TableDeps, 'client' | 'tableName'>): ApprovalReadings {
  return {
    find: async (wallet) => {
      const row = await findRow(deps, approvalsKey(wallet));
      return row === undefined ? undefined : decodeRow(ReadingSchema, row);
    },
    save: async (wallet, { readAtMs, granted }) => {
      const Item = {
        ...approvalsKey(wallet),
        readAtMs,
        granted: granted.map(({ contract, spender }) => ({ contract, spender })),
      };
      await orUnavailable(deps.client.send(new PutCommand({ TableName: deps.tableName, Item })));
    },
  };
}
