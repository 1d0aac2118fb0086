import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encodeFunctionData, maxUint256 } from 'viem';
import * as z from 'zod';
import type { ChainSettlement, ChainWallets } from '#infra/shared/local-chain.ts';
import { createRpc } from '#lib/adapters/polygon/json-rpc.ts';
import {
  DEPOSIT_WALLET_FACTORY_ADDRESS,
  POLYGON_CHAIN_ID,
  PROXY_FACTORY_ADDRESS,
} from '#lib/adapters/polygon/polygon-contracts.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import { type AnvilOptions, startAnvil } from './anvil-process.ts';
import { asHex, type ChainAccess, createChainAccess } from './chain-access.ts';
import {
  AUTO_REDEEMER,
  BACKING,
  BINARY_MODULE,
  COLLATERAL,
  CONDITIONAL_TOKENS,
  EXCHANGE_V3,
  EXCHANGES,
  MARKET_MAKER,
  OPERATOR,
  POSITION_MANAGER,
  REDEEM_ADAPTER,
  ROUTER,
  shareLedgerOf,
} from './chain-addresses.ts';
import { createChainMarkets } from './chain-markets.ts';
import { createChainSettlement } from './chain-settlement.ts';
import { createChainWallets } from './chain-wallets.ts';
import { CONTRACT_ABI as abi } from './contract-abi.ts';
import { CONTRACT_CODE } from './contract-code.ts';
import type { VenueChain } from './venue-chain.ts';

export type LocalChainOptions = Omit<AnvilOptions, 'chainId'>;

export type LocalChain = VenueChain & ChainWallets & ChainSettlement & { stop(): Promise<void> };

const BuildSchema = z.object({ deployedBytecode: z.string().regex(/^0x[0-9a-f]{1000,}$/i) });
const CONDITIONAL_TOKENS_BUILD = '@gnosis.pm/conditional-tokens-contracts/build/contracts/ConditionalTokens.json';

/** More dollars than the market maker can ever need. */
const MAKER_CASH_MICROS = 10n ** 30n;
const GAS_WEI = `0x${(10n ** 24n).toString(16)}`;

/**
 * Starts a local Polygon, as far as the venue and an exit need it: chain id 137, the real ConditionalTokens code at its
 * real address, and test doubles for collateral, exchanges, wallets and redemption (infra/venue/README.md).
 * @throws ConfigError when the node or the contracts are not installed
 */
export async function startLocalChain(options: LocalChainOptions = {}): Promise<LocalChain> {
  const conditionalTokensCode = readConditionalTokensCode();
  const { rpcUrl, stop } = await startAnvil({ ...options, chainId: POLYGON_CHAIN_ID });
  try {
    const access = createChainAccess(createRpc({ rpcUrl, clock: { nowMs: Date.now } }), Date.now);
    await placeContracts(access, conditionalTokensCode);
    await endowMarketMaker(access);
    const markets = createChainMarkets(access);
    return {
      rpcUrl,
      ...markets,
      ...createChainWallets(access, markets),
      ...createChainSettlement(access, markets),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The real contract's code, as its authors publish it. It is read from their package because its licence (LGPL-3.0)
 * differs from ours. The contract has no constructor, so the code is all of it.
 * @throws ConfigError when the package is not installed
 */
function readConditionalTokensCode(): string {
  try {
    const text = readFileSync(createRequire(import.meta.url).resolve(CONDITIONAL_TOKENS_BUILD), 'utf8');
    return BuildSchema.parse(JSON.parse(text)).deployedBytecode;
  } catch (cause) {
    throw new ConfigError(
      'The local chain needs @gnosis.pm/conditional-tokens-contracts, a development dependency: run `npm ci` without --omit=dev',
      {},
      { cause },
    );
  }
}

async function placeContracts(access: ChainAccess, conditionalTokensCode: string): Promise<void> {
  const codes = {
    [CONDITIONAL_TOKENS]: conditionalTokensCode,
    [COLLATERAL]: CONTRACT_CODE.DollarDouble,
    [BACKING]: CONTRACT_CODE.DollarDouble,
    [REDEEM_ADAPTER]: CONTRACT_CODE.RedeemAdapterDouble,
    [POSITION_MANAGER]: CONTRACT_CODE.PositionManagerDouble,
    [BINARY_MODULE]: CONTRACT_CODE.BinaryModuleDouble,
    [ROUTER]: CONTRACT_CODE.RouterDouble,
    [AUTO_REDEEMER]: CONTRACT_CODE.AutoRedeemerDouble,
    [DEPOSIT_WALLET_FACTORY_ADDRESS]: CONTRACT_CODE.DepositWalletFactoryDouble,
    [PROXY_FACTORY_ADDRESS]: CONTRACT_CODE.ProxyFactoryDouble,
    ...Object.fromEntries([...EXCHANGES, EXCHANGE_V3].map((exchange) => [exchange, CONTRACT_CODE.ExchangeDouble])),
  };
  await access.command([
    // The node's log is not read, and writing it slows every call.
    { method: 'anvil_setLoggingEnabled', params: [false] },
    ...Object.entries(codes).map((code) => ({ method: 'anvil_setCode', params: code })),
    ...[OPERATOR, MARKET_MAKER].map((sender) => ({ method: 'anvil_setBalance', params: [sender, GAS_WEI] })),
  ]);
}

/** Cash of both kinds, and the approvals for trading. Safe to repeat. */
async function endowMarketMaker(access: ChainAccess): Promise<void> {
  const mint = encodeFunctionData({ abi, functionName: 'mint', args: [MARKET_MAKER, MAKER_CASH_MICROS] });
  for (const dollar of [COLLATERAL, BACKING]) await access.transact(OPERATOR, dollar, mint);
  const split = encodeFunctionData({ abi, functionName: 'approve', args: [CONDITIONAL_TOKENS, maxUint256] });
  await access.transact(MARKET_MAKER, BACKING, split);
  for (const spender of [...EXCHANGES, EXCHANGE_V3, ROUTER]) {
    const pay = encodeFunctionData({ abi, functionName: 'approve', args: [asHex(spender), maxUint256] });
    await access.transact(MARKET_MAKER, COLLATERAL, pay);
  }
  for (const exchange of [...EXCHANGES, EXCHANGE_V3]) {
    const deliver = encodeFunctionData({ abi, functionName: 'setApprovalForAll', args: [asHex(exchange), true] });
    await access.transact(MARKET_MAKER, shareLedgerOf(exchange), deliver);
  }
}
