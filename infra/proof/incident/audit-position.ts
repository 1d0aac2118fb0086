import type { QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { parseAlertRow } from '#lib/adapters/dynamodb/alert-row.ts';
import { ALERT_PREFIX, partitionOf } from '#lib/adapters/dynamodb/table-schema.ts';
import { parseMicros } from '#lib/domain/market/money.ts';
import type { Alert } from '#lib/domain/news/alert.ts';
import { boughtTotals, remainingSharesMicros, soldTotals } from '#lib/domain/position/fill-totals.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { AwsClients } from '#lib/runtime/aws-clients.ts';
import { heldMicros, type Trader } from './trader.ts';

/** Every alert of a position, oldest first. */
export async function listAlerts(
  aws: Pick<AwsClients, 'dynamodb'>,
  tableName: string,
  positionId: string,
): Promise<readonly Alert[]> {
  const found: QueryCommandOutput = await aws.dynamodb.send(
    new QueryCommand({
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': partitionOf(positionId), ':prefix': ALERT_PREFIX },
    }),
  );
  return (found.Items ?? []).map(parseAlertRow);
}

export type LedgerFacts = {
  readonly trader: Trader;
  /** In the wallet before anything was bought. */
  readonly cashBeforeMicros: bigint;
  /** Shares that left the wallet without a trade, by the cause's own doing. */
  readonly goneMicros: bigint;
};

/**
 * Holds the record against the venue's trades and the chain's balances, to the micro. Before anything is redeemed. Returns
 * what differs, in words; nothing is good.
 */
export async function auditLedger(position: Position, facts: LedgerFacts): Promise<readonly string[]> {
  const { trader, cashBeforeMicros, goneMicros } = facts;
  const { chain, account } = trader;
  const [bought, sold] = [boughtTotals(position), soldTotals(position)];
  const [cashMicros, sharesMicros, traded] = await Promise.all([
    chain.collateralOf(account.wallet),
    heldMicros(trader),
    readTraded(trader),
  ]);
  const spentMicros = bought.valueMicros + bought.feesMicros - sold.valueMicros + sold.feesMicros;
  return [
    ...differing('cash on the chain', cashMicros, cashBeforeMicros - spentMicros),
    ...differing('shares on the chain', sharesMicros + goneMicros, remainingSharesMicros(position)),
    ...differing('shares bought at the venue', traded.boughtMicros, bought.sharesMicros),
    ...differing('shares sold at the venue', traded.soldMicros, sold.sharesMicros),
  ];
}

function differing(what: string, actual: bigint, recorded: bigint): readonly string[] {
  return actual === recorded ? [] : [`${what}: ${actual} micros, by the record ${recorded}`];
}

/** What the venue itself says this account has traded. */
async function readTraded({ account }: Trader): Promise<{ boughtMicros: bigint; soldMicros: bigint }> {
  const trades = (await account.client.getTrades({})).filter(({ status }) => status !== 'FAILED');
  const sum = (isBuy: boolean): bigint =>
    trades
      // A maker's side is the other one than the trade's.
      .filter(({ side, trader_side }) => (side === 'BUY') === (trader_side === 'TAKER' ? isBuy : !isBuy))
      .reduce((total, { size }) => total + parseMicros(size), 0n);
  return { boughtMicros: sum(true), soldMicros: sum(false) };
}
