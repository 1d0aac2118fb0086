import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type {
  PaperAccount,
  PaperLedger,
  PaperLedgerState,
  PaperOrder,
  PaperRecording,
} from '#lib/ports/store/paper-ledger.ts';
import { CountSchema, MicrosSchema, TimeSchema } from './positions/order-schema.ts';
import { decodeRow, encodeRow, type RawRow } from './row-codec.ts';
import type { RowKey } from './table-schema.ts';

export type DynamodbPaperLedgerDeps = { readonly client: DynamoDBDocumentClient; readonly tableName: string };

const PaperSliceSchema = z.strictObject({
  priceMicros: MicrosSchema,
  sharesMicros: MicrosSchema,
  valueMicros: MicrosSchema,
  feesMicros: MicrosSchema,
});

const PaperOrderSchema = z.strictObject({
  orderHash: z.string(),
  recordId: z.string(),
  positionId: z.string(),
  side: z.enum(['BUY', 'SELL']),
  orderType: z.enum(['FAK', 'FOK']),
  requestedSharesMicros: MicrosSchema,
  limitPriceMicros: MicrosSchema,
  slices: z.readonly(z.array(PaperSliceSchema).check(z.minLength(1))),
  bookAtMs: TimeSchema,
  acceptedAtMs: TimeSchema,
  settlesAtMs: TimeSchema,
});

const RowSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('head'), sequence: CountSchema }),
  z.strictObject({ kind: z.literal('order'), sequence: CountSchema, order: PaperOrderSchema }),
]);
type Row = z.infer<typeof RowSchema>;

/** A read may overlap a transaction; the next read then sees all of it. */
const READ_COUNT_MAX = 5;

const partitionOf = ({ wallet, tokenId }: PaperAccount): string => `PAPER#${wallet}#${tokenId}`;
const headKey = (account: PaperAccount): RowKey => ({ pk: partitionOf(account), sk: 'HEAD' });
const orderKey = (account: PaperAccount, orderHash: string): RowKey => ({
  pk: partitionOf(account),
  sk: `ORDER#${orderHash}`,
});

/**
 * `PAPER#<wallet>#<tokenId>` holds `HEAD`, the number of orders, and one `ORDER#<hash>` for each order. Each order is
 * written together with the head it was based on; the condition on the head is the only lock.
 */
export function createDynamodbPaperLedger(deps: DynamodbPaperLedgerDeps): PaperLedger {
  return {
    read: (account) => readState(deps, account),
    record: (account, sequence, order) => recordOrder(deps, account, sequence, order),
  };
}

/**
 * A query reads each row consistently but not all rows at once: the read is valid when head and orders have the same
 * count.
 */
async function readState(deps: DynamodbPaperLedgerDeps, account: PaperAccount): Promise<PaperLedgerState> {
  for (let count = 1; count <= READ_COUNT_MAX; count += 1) {
    const rows = await readRows(deps, account);
    const sequence = rows.find((row) => row.kind === 'head')?.sequence ?? 0;
    const orders = rows.filter((row) => row.kind === 'order').toSorted((a, b) => a.sequence - b.sequence);
    if (orders.length === sequence) return { sequence, orders: orders.map((row) => row.order) };
  }
  throw new StoreUnavailableError('The paper ledger kept changing while it was read');
}

async function readRows(
  { client, tableName }: DynamodbPaperLedgerDeps,
  account: PaperAccount,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const command = new QueryCommand({
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': partitionOf(account) },
      ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
    });
    const page = await client.send(command).catch(throwUnavailable);
    rows.push(...(page.Items ?? []).map((item: RawRow) => decodeRow(RowSchema, item)));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return rows;
}

async function recordOrder(
  deps: DynamodbPaperLedgerDeps,
  account: PaperAccount,
  sequence: number,
  order: PaperOrder,
): Promise<PaperRecording> {
  try {
    await deps.client.send(recordCommand(deps.tableName, account, sequence, order));
    return 'recorded';
  } catch (error) {
    // The order's row tells whether this write, or another post of the order, succeeded.
    const stored = await findOrder(deps, account, order.orderHash);
    if (stored !== undefined) return stored.recordId === order.recordId ? 'recorded' : 'duplicate';
    // Cancelled and without a row: nothing was written. After any other error the write may still arrive.
    if (error instanceof TransactionCanceledException && isRace(error)) return 'conflict';
    return throwUnavailable(error);
  }
}

function recordCommand(
  TableName: string,
  account: PaperAccount,
  sequence: number,
  order: PaperOrder,
): TransactWriteCommand {
  const toItem = (key: RowKey, row: Row) => ({ ...key, ...encodeRow(RowSchema, row, key) });
  const orderItem = toItem(orderKey(account, order.orderHash), { kind: 'order', sequence: sequence + 1, order });
  const headItem = toItem(headKey(account), { kind: 'head', sequence: sequence + 1 });
  const headCondition =
    sequence === 0
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: '#sequence = :sequence',
          ExpressionAttributeNames: { '#sequence': 'sequence' },
          ExpressionAttributeValues: { ':sequence': sequence },
        };
  return new TransactWriteCommand({
    TransactItems: [
      { Put: { TableName, Item: orderItem, ConditionExpression: 'attribute_not_exists(pk)' } },
      { Put: { TableName, Item: headItem, ...headCondition } },
    ],
  });
}

async function findOrder(
  { client, tableName }: DynamodbPaperLedgerDeps,
  account: PaperAccount,
  orderHash: string,
): Promise<PaperOrder | undefined> {
  const Key = orderKey(account, orderHash);
  const command = new GetCommand({ TableName: tableName, Key, ConsistentRead: true });
  const { Item } = await client.send(command).catch(throwUnavailable);
  const row = Item === undefined ? undefined : decodeRow(RowSchema, Item);
  return row?.kind === 'order' ? row.order : undefined;
}

function isRace(error: TransactionCanceledException): boolean {
  const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
  return codes.every((code) => ['None', 'ConditionalCheckFailed', 'TransactionConflict'].includes(code));
}

function throwUnavailable(error: unknown): never {
  const reason = error instanceof Error ? error.name : typeof error;
  throw new StoreUnavailableError('The paper ledger did not answer', { reason }, { cause: error });
}
