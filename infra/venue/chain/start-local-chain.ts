import { encodeFunctionData, maxUint256 } from 'viem';
import type { ChainWallets } from '#infra/shared/local-chain.ts';
import { createRpc } from '#lib/adapters/polygon/json-rpc.ts';
import { POLYGON_CHAIN_ID } from '#lib/adapters/polygon/polygon-contracts.ts';
import { type AnvilOptions, startAnvil } from './anvil-process.ts';
import { type ChainAccess, createChainAccess } from './chain-access.ts';
import {
  BACKING,
  COLLATERAL,
  CONDITIONAL_TOKENS,
  EXCHANGES,
  MARKET_MAKER,
  OPERATOR,
  REDEEM_ADAPTER,
} from './chain-addresses.ts';
import { settleFill } from './chain-fills.ts';
import { createChainMarkets } from './chain-markets.ts';
import { createChainWallets } from './chain-wallets.ts';
import { readConditionalTokensCode } from './conditional-tokens-code.ts';
import { CONTRACT_ABI as abi } from './contract-abi.ts';
import { CONTRACT_CODE } from './contract-code.ts';
import type { VenueChain } from './venue-chain.ts';

export type LocalChainOptions = Omit<AnvilOptions, 'chainId'>;

export type LocalChain = VenueChain & ChainWallets & { stop(): Promise<void> };

/** As many dollars as the market maker could ever need. */
const MAKER_CASH_MICROS = 10n ** 30n;
const GAS_WEI = `0x${(10n ** 24n).toString(16)}`;

/**
 * Polygon as far as the venue and an exit need it, on this machine: chain id 137, the real ConditionalTokens code at its real
 * address, and doubles of our own for collateral, exchanges, wallets and redemption (README of infra/local).
 * @throws ConfigError where node or contracts are not installed, with what to do
 */
export async function startLocalChain(options: LocalChainOptions = {}): Promise<LocalChain> {
  const conditionalTokensCode = readConditionalTokensCode();
  const { rpcUrl, stop } = await startAnvil({ ...options, chainId: POLYGON_CHAIN_ID });
  try {
    const access = createChainAccess(createRpc({ rpcUrl, clock: { nowMs: Date.now } }), Date.now);
    await placeContracts(access, conditionalTokensCode);
    await endowMarketMaker(access);
    const markets = createChainMarkets(access);
    const settle: VenueChain['settle'] = (fill) => settleFill(access, fill);
    return { rpcUrl, ...markets, settle, ...createChainWallets(access, markets), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function placeContracts(access: ChainAccess, conditionalTokensCode: string): Promise<void> {
  const codes = {
    [CONDITIONAL_TOKENS]: conditionalTokensCode,
    [COLLATERAL]: CONTRACT_CODE.DollarDouble,
    [BACKING]: CONTRACT_CODE.DollarDouble,
    [REDEEM_ADAPTER]: CONTRACT_CODE.RedeemAdapterDouble,
    ...Object.fromEntries(EXCHANGES.map((exchange) => [exchange, CONTRACT_CODE.ExchangeDouble])),
  };
  await access.command([
    // Nobody reads its protocol, and writing it costs a part of every call.
    { method: 'anvil_setLoggingEnabled', params: [false] },
    ...Object.entries(codes).map((code) => ({ method: 'anvil_setCode', params: code })),
    ...[OPERATOR, MARKET_MAKER].map((sender) => ({ method: 'anvil_setBalance', params: [sender, GAS_WEI] })),
  ]);
}

/** Cash of both kinds, and the approvals it trades by. Does no harm to a chain that was there before. */
async function endowMarketMaker(access: ChainAccess): Promise<void> {
  const mint = encodeFunctionData({ abi, functionName: 'mint', args: [MARKET_MAKER, MAKER_CASH_MICROS] });
  for (const dollar of [COLLATERAL, BACKING]) await access.transact(OPERATOR, dollar, mint);
  const split = encodeFunctionData({ abi, functionName: 'approve', args: [CONDITIONAL_TOKENS, maxUint256] });
  await access.transact(MARKET_MAKER, BACKING, split);
  for (const exchange of EXCHANGES) {
    const pay = encodeFunctionData({ abi, functionName: 'approve', args: [exchange, maxUint256] });
    await access.transact(MARKET_MAKER, COLLATERAL, pay);
    const deliver = encodeFunctionData({ abi, functionName: 'setApprovalForAll', args: [exchange, true] });
    await access.transact(MARKET_MAKER, CONDITIONAL_TOKENS, deliver);
  }
}
