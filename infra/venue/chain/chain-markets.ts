import { encodeFunctionData, type Hex } from 'viem';
import type { MarketVersion } from '#lib/domain/market/market.ts';
import { RejectedByUpstreamError } from '#lib/errors/errors.ts';
import { asHex, type ChainAccess, decodeUint } from './chain-access.ts';
import {
  BACKING,
  BINARY_MODULE,
  CONDITIONAL_TOKENS,
  EXCHANGE_V3,
  EXCHANGES,
  MARKET_MAKER,
  OPERATOR,
  POSITION_MANAGER,
  ROUTER,
} from './chain-addresses.ts';
import { CONTRACT_ABI as abi } from './contract-abi.ts';
import { INDEX_SETS, identifyMarket, identifyV2Market, questionIdOf } from './market-identity.ts';
import { toOrderStruct } from './order-struct.ts';
import type { ChainFill, MarketIdentity, VenueChain } from './venue-chain.ts';

export type ChainMarkets = Pick<VenueChain, 'identify' | 'prepareMarket' | 'settle' | 'resolve'>;

/** The market maker's shares of each outcome in every market, for 100 million dollars. */
export const MAKER_SHARES_MICROS = 100_000_000_000_000n;
const NO_PARENT: Hex = `0x${'00'.repeat(32)}`;

export function createChainMarkets(access: ChainAccess): ChainMarkets {
  const identities = new Map<string, MarketIdentity>();
  const prepared = new Map<string, Promise<void>>();
  const identify = (slug: string, version: MarketVersion = 'v1'): MarketIdentity => {
    const key = `${version}|${slug}`;
    const identity = identities.get(key) ?? (version === 'v2' ? identifyV2Market(slug) : identifyMarket(slug));
    identities.set(key, identity);
    return identity;
  };
  const prepareMarket = (slug: string, version: MarketVersion = 'v1'): Promise<void> => {
    const key = `${version}|${slug}`;
    const known = prepared.get(key);
    if (known !== undefined) return known;
    const ids = identify(slug, version);
    const started = version === 'v2' ? prepareV2(access, ids) : prepare(access, slug, asHex(ids.conditionId));
    prepared.set(key, started);
    // The next call tries again.
    started.catch(() => prepared.delete(key));
    return started;
  };
  return {
    identify,
    prepareMarket,
    settle: (fill) => settle(access, fill),
    resolve: async (slug, winner, version = 'v1') => {
      await prepareMarket(slug, version);
      const conditionId = asHex(identify(slug, version).conditionId);
      return version === 'v2' ? resolveV2(access, conditionId, winner) : resolve(access, slug, conditionId, winner);
    },
  };
}

async function prepare(access: ChainAccess, slug: string, conditionId: Hex): Promise<void> {
  const count = encodeFunctionData({ abi, functionName: 'getOutcomeSlotCount', args: [conditionId] });
  if (decodeUint(await access.call(CONDITIONAL_TOKENS, count)) > 0n) return;
  const condition = [OPERATOR, questionIdOf(slug), 2n] as const;
  const create = encodeFunctionData({ abi, functionName: 'prepareCondition', args: condition });
  await access.transact(OPERATOR, CONDITIONAL_TOKENS, create);
  const sets = [INDEX_SETS.UP, INDEX_SETS.DOWN];
  const amounts = [BACKING, NO_PARENT, conditionId, sets, MAKER_SHARES_MICROS] as const;
  const split = encodeFunctionData({ abi, functionName: 'splitPosition', args: amounts });
  await access.transact(MARKET_MAKER, CONDITIONAL_TOKENS, split);
}

async function prepareV2(access: ChainAccess, { conditionId, tokenIds }: MarketIdentity): Promise<void> {
  const args = [MARKET_MAKER, BigInt(tokenIds.UP)] as const;
  const held = encodeFunctionData({ abi, functionName: 'balanceOf', args });
  if (decodeUint(await access.call(POSITION_MANAGER, held)) > 0n) return;
  const amounts = [asHex(conditionId), MAKER_SHARES_MICROS] as const;
  const split = encodeFunctionData({ abi, functionName: 'split', args: amounts });
  await access.transact(MARKET_MAKER, ROUTER, split);
}

async function resolve(access: ChainAccess, slug: string, conditionId: Hex, winner: Result): Promise<void> {
  const read = encodeFunctionData({ abi, functionName: 'payoutDenominator', args: [conditionId] });
  if (decodeUint(await access.call(CONDITIONAL_TOKENS, read)) > 0n) return;
  const args = [questionIdOf(slug), payoutsOf(winner, 1n)] as const;
  const report = encodeFunctionData({ abi, functionName: 'reportPayouts', args });
  await access.transact(OPERATOR, CONDITIONAL_TOKENS, report);
}

type Result = Parameters<VenueChain['resolve']>[1];

/** A result of v2 adds up to a million. */
async function resolveV2(access: ChainAccess, conditionId: Hex, winner: Result): Promise<void> {
  const read = encodeFunctionData({ abi, functionName: 'hasResult', args: [conditionId] });
  if (decodeUint(await access.call(BINARY_MODULE, read)) > 0n) return;
  const args = [conditionId, payoutsOf(winner, 1_000_000n)] as const;
  const report = encodeFunctionData({ abi, functionName: 'reportResult', args });
  await access.transact(OPERATOR, BINARY_MODULE, report);
}

function payoutsOf(winner: Result, whole: bigint): readonly bigint[] {
  if (winner === 'VOID') return whole === 1n ? [1n, 1n] : [whole / 2n, whole / 2n];
  return winner === 'UP' ? [whole, 0n] : [0n, whole];
}

/** One transaction per fill. */
async function settle(access: ChainAccess, fill: ChainFill): Promise<{ readonly transactionHash: string }> {
  const { order, exchange, sharesMicros, withheldSharesMicros = 0n, valueMicros, feesMicros } = fill;
  // A call to an address without code would succeed and move nothing.
  if (![...EXCHANGES, EXCHANGE_V3].some((known) => known.toLowerCase() === exchange.toLowerCase())) {
    throw new RejectedByUpstreamError('The local chain has no such exchange', { exchange });
  }
  const delivered = sharesMicros - withheldSharesMicros;
  const part = { shares: sharesMicros, delivered, value: valueMicros, fee: feesMicros };
  const args = [toOrderStruct(order), asHex(order.signature), part] as const;
  const data = encodeFunctionData({ abi, functionName: 'fill', args });
  return { transactionHash: await access.transact(OPERATOR, exchange, data) };
}
