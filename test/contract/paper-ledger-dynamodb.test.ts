import { type DynamoDBDocumentClient, PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamodbPaperLedger } from '#lib/adapters/dynamodb/dynamodb-paper-ledger.ts';
import { CorruptRowError, StoreUnavailableError } from '#lib/errors/errors.ts';
import type { PaperLedger } from '#lib/ports/store/paper-ledger.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';
import { aPaperOrder, describePaperLedger } from './paper-ledger.contract.ts';

const account = { wallet: '0x1111111111111111111111111111111111111111', tokenId: '123' };

let tables: Dynoxide;
let client: DynamoDBDocumentClient;

beforeAll(async () => {
  tables = await startDynoxide();
  client = tables.client;
});

afterAll(() => tables.stop());

const makeTable = (): Promise<string> => tables.createTable();

const makeLedger = async (): Promise<PaperLedger> =>
  createDynamodbPaperLedger({ client, tableName: await makeTable() });

type Send = (command: unknown) => Promise<unknown>;

/** The real client, with one call bent by the test. */
function withSend(bend: (send: Send, command: unknown) => Promise<unknown>): DynamoDBDocumentClient {
  const send: Send = (command) => client.send(command as never);
  return { send: (command: unknown) => bend(send, command) } as unknown as DynamoDBDocumentClient;
}

describePaperLedger('the ledger in DynamoDB', makeLedger);

describe('createDynamodbPaperLedger', () => {
  it('says recorded when the answer of its write was lost and the order is there', async () => {
    const lossy = withSend(async (send, command) => {
      const answer = await send(command);
      if (command instanceof TransactWriteCommand) throw new Error('socket hang up');
      return answer;
    });
    const ledger = createDynamodbPaperLedger({ client: lossy, tableName: await makeTable() });
    expect(await ledger.record(account, 0, aPaperOrder())).toBe('recorded');
  });

  it('does not know the outcome when its write got no answer and the order is not there (yet)', async () => {
    const silent = withSend(async (send, command) => {
      if (command instanceof TransactWriteCommand) throw new Error('socket hang up');
      return send(command);
    });
    const ledger = createDynamodbPaperLedger({ client: silent, tableName: await makeTable() });
    await expect(ledger.record(account, 0, aPaperOrder())).rejects.toThrow(StoreUnavailableError);
  });

  it('reads again when the head counts an order that is not shown yet', async () => {
    const tableName = await makeTable();
    const order = aPaperOrder();
    await createDynamodbPaperLedger({ client, tableName }).record(account, 0, order);
    let queryCount = 0;
    const torn = withSend(async (send, command) => {
      const page = (await send(command)) as { Items: { kind: string }[] };
      if (!(command instanceof QueryCommand)) return page;
      queryCount += 1;
      return queryCount === 1 ? { ...page, Items: page.Items.filter((item) => item.kind === 'head') } : page;
    });
    const ledger = createDynamodbPaperLedger({ client: torn, tableName });
    expect(await ledger.read(account)).toEqual({ sequence: 1, orders: [order] });
    expect(queryCount).toBe(2);
  });

  it('names the row and the fields of an order it cannot read, and not their values', async () => {
    const tableName = await makeTable();
    const item = {
      pk: `PAPER#${account.wallet}#123`,
      sk: 'ORDER#0xbad',
      kind: 'order',
      sequence: 1,
      order: { side: 'HOLD' },
    };
    await client.send(new PutCommand({ TableName: tableName, Item: item }));
    const failure = await createDynamodbPaperLedger({ client, tableName })
      .read(account)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CorruptRowError);
    const { context } = failure as CorruptRowError;
    expect(context.key).toContain('ORDER#0xbad');
    expect(context.fields).toContain('order.side');
    expect(JSON.stringify(context)).not.toContain('HOLD');
  });
});
