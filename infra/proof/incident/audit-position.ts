import type { QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { parseAlertRow } from '#lib/adapters/dynamodb/positions/alert-row.ts';
import { ALERT_PREFIX, partitionOf } from '#lib/adapters/dynamodb/table-schema.ts';
import { parseMicros } from '#lib/domain/market/money.ts';
import type { Alert } from '#lib/domain/news/alert.ts';
import { boughtTotals, remainingSharesMicros, soldTotals } from '#lib/domain/position/fill-totals.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { AwsClients } from '#lib/runtime/aws-clients.ts';
import { heldMicros, type Trader } from './trader.ts';

/** A position's alerts, oldest first. */
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
  /** In the wallet before the buy. */
  readonly cashBeforeMicros: bigint;
  /** Shares that the cause moved out of the wallet without a trade. */
  readonly goneMicros: bigint;
};

/**
 * Compares the position with the venue's trades and the chain's balances, to the micro. Must run before shares are
 * redeemed. Returns the differences as text.
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

/** The account's trades by the venue's own record. */
async function readTraded({ account }: Trader): Promise<{ boughtMicros: bigint; soldMicros: bigint }> {
  const trades = (await account.client.getTrades({})).filter(({ status }) => status !== 'FAILED');
  const sum = (isBuy: boolean): bigint =>
    trades
      // The trade's side is the taker's.
      .filter(({ side, trader_side }) => (side === 'BUY') === (trader_side === 'TAKER' ? isBuy : !isBuy))
      .reduce((total, { size }) => total + parseMicros(size), 0n);
  return { boughtMicros: sum(true), soldMicros: sum(false) };
}
