import { encodeFunctionData, type Hex } from 'viem';
import type { Outcome } from '#lib/domain/market/market.ts';
import { RejectedByUpstreamError } from '#lib/errors/errors.ts';
import { asHex, type ChainAccess, decodeUint } from './chain-access.ts';
import { BACKING, CONDITIONAL_TOKENS, EXCHANGES, MARKET_MAKER, OPERATOR } from './chain-addresses.ts';
import { CONTRACT_ABI as abi } from './contract-abi.ts';
import { INDEX_SETS, identifyMarket, questionIdOf } from './market-identity.ts';
import { toOrderStruct } from './order-struct.ts';
import type { ChainFill, MarketIdentity, VenueChain } from './venue-chain.ts';

export type ChainMarkets = Pick<VenueChain, 'identify' | 'prepareMarket' | 'settle' | 'resolve'>;

/** The market maker's shares of each outcome in every market, for 100 million dollars. */
export const MAKER_SHARES_MICROS = 100_000_000_000_000n;
const NO_PARENT: Hex = `0x${'00'.repeat(32)}`;

export function createChainMarkets(access: ChainAccess): ChainMarkets {
  const identities = new Map<string, MarketIdentity>();
  const prepared = new Map<string, Promise<void>>();
  const identify = (slug: string): MarketIdentity => {
    const identity = identities.get(slug) ?? identifyMarket(slug);
    identities.set(slug, identity);
    return identity;
  };
  const prepareMarket = (slug: string): Promise<void> => {
    const known = prepared.get(slug);
    if (known !== undefined) return known;
    const started = prepare(access, slug, asHex(identify(slug).conditionId));
    prepared.set(slug, started);
    // The next call tries again.
    started.catch(() => prepared.delete(slug));
    return started;
  };
  return {
    identify,
    prepareMarket,
    settle: (fill) => settle(access, fill),
    resolve: async (slug, winner) => {
      await prepareMarket(slug);
      const args = [asHex(identify(slug).conditionId)] as const;
      const data = encodeFunctionData({ abi, functionName: 'payoutDenominator', args });
      const denominator = decodeUint(await access.call(CONDITIONAL_TOKENS, data));
      if (denominator === 0n) await access.transact(OPERATOR, CONDITIONAL_TOKENS, reportOf(slug, winner));
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

function reportOf(slug: string, winner: Outcome): Hex {
  const payouts = winner === 'UP' ? [1n, 0n] : [0n, 1n];
  return encodeFunctionData({ abi, functionName: 'reportPayouts', args: [questionIdOf(slug), payouts] });
}

/** One transaction per fill. */
async function settle(access: ChainAccess, fill: ChainFill): Promise<{ readonly transactionHash: string }> {
  const { order, exchange, sharesMicros, withheldSharesMicros = 0n, valueMicros, feesMicros } = fill;
  // A call to an address without code would succeed and move nothing.
  if (!EXCHANGES.some((known) => known.toLowerCase() === exchange.toLowerCase())) {
    throw new RejectedByUpstreamError('The local chain has no such exchange', { exchange });
  }
  const delivered = sharesMicros - withheldSharesMicros;
  const part = { shares: sharesMicros, delivered, value: valueMicros, fee: feesMicros };
  const args = [toOrderStruct(order), asHex(order.signature), part] as const;
  const data = encodeFunctionData({ abi, functionName: 'fill', args });
  return { transactionHash: await access.transact(OPERATOR, exchange, data) };
}
