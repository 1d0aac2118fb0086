import { encodeFunctionData, encodePacked, getAddress, type Hex, keccak256, maxUint256, pad, slice } from 'viem';
import type { ChainAccountRequest, ChainWallets, ShareMove } from '#infra/shared/local-chain.ts';
import { readCollateral, readCollateralAllowance } from '#lib/adapters/polygon/contract-calls.ts';
import { DEPOSIT_WALLET_FACTORY_ADDRESS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { MARKET_VERSIONS, OUTCOMES } from '#lib/domain/market/market.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { versionOfToken } from '#lib/venue/books/market-version.ts';
import { asHex, type ChainAccess, decodeUint } from './chain-access.ts';
import {
  COLLATERAL,
  CONDITIONAL_TOKENS,
  ELSEWHERE,
  EXCHANGE_V3,
  EXCHANGES,
  MARKET_MAKER,
  NEG_RISK_REDEEM_ADAPTER,
  OPERATOR,
  POSITION_MANAGER,
  REDEEM_ADAPTER,
  ROUTER,
  shareLedgerOf,
} from './chain-addresses.ts';
import type { ChainMarkets } from './chain-markets.ts';
import { CONTRACT_ABI as abi } from './contract-abi.ts';
import { CONTRACT_CODE } from './contract-code.ts';
import { INDEX_SETS } from './market-identity.ts';
import type { MarketIdentity } from './venue-chain.ts';

/** Contracts of a market's shares, and what a wallet approves to trade, redeem and merge them. */
const LEDGERS = { v1: CONDITIONAL_TOKENS, v2: POSITION_MANAGER } as const;
const OPERATORS = { v1: [...EXCHANGES, REDEEM_ADAPTER, NEG_RISK_REDEEM_ADAPTER], v2: [EXCHANGE_V3, ROUTER] } as const;
const SPENDERS = { v1: EXCHANGES, v2: [EXCHANGE_V3, ROUTER] } as const;

const CASH_MICROS_DEFAULT = 10_000_000_000n;
const GAS_WEI_DEFAULT = 100n * 10n ** 18n;
const VALID: Hex = '0x1626ba7e';
const NO_PARENT: Hex = `0x${'00'.repeat(32)}`;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

export function createChainWallets(access: ChainAccess, markets: ChainMarkets): ChainWallets {
  const hasCode = async (wallet: string): Promise<boolean> => (await access.codeOf(wallet)) !== '0x';
  /** The relayer calls a contract wallet. A wallet without code sends the transaction itself. */
  const actAs = async (wallet: string, to: string, data: Hex): Promise<Hex> => {
    if (!(await hasCode(wallet))) return access.transact(wallet, to, data);
    const args = [asHex(to), data] as const;
    return access.transact(OPERATOR, wallet, encodeFunctionData({ abi, functionName: 'execute', args }));
  };
  const setShareApproval = (wallet: string, ledger: string, spender: string, isOn: boolean): Promise<Hex> => {
    const args = [asHex(spender), isOn] as const;
    return actAs(wallet, ledger, encodeFunctionData({ abi, functionName: 'setApprovalForAll', args }));
  };
  const setAllowance = (wallet: string, spender: string, micros: bigint): Promise<Hex> => {
    const args = [asHex(spender), micros] as const;
    return actAs(wallet, COLLATERAL, encodeFunctionData({ abi, functionName: 'approve', args }));
  };
  const collateralOf = async (wallet: string): Promise<bigint> =>
    decodeUint(await access.call(COLLATERAL, readCollateral(wallet).data));
  const mintCash = async (wallet: string, micros: bigint): Promise<void> => {
    const args = [asHex(wallet), micros] as const;
    await access.transact(OPERATOR, COLLATERAL, encodeFunctionData({ abi, functionName: 'mint', args }));
  };
  const sharesOf = async (wallet: string, tokenId: string): Promise<bigint> => {
    const args = [asHex(wallet), BigInt(tokenId)] as const;
    return decodeUint(
      await access.call(LEDGERS[versionOfToken(tokenId)], encodeFunctionData({ abi, functionName: 'balanceOf', args })),
    );
  };
  const transferOf = (from: string, to: string, { slug, version, outcome, sharesMicros }: ShareMove): Hex => {
    const tokenId = BigInt(markets.identify(slug, version).tokenIds[outcome]);
    const args = [asHex(from), asHex(to), tokenId, sharesMicros, '0x'] as const;
    return encodeFunctionData({ abi, functionName: 'safeTransferFrom', args });
  };
  return {
    collateralOf,
    mintCash,
    sharesOf,
    approvalsOf: async (wallet, exchange) => {
      const args = [asHex(wallet), asHex(exchange)] as const;
      const [shares, collateral] = await Promise.all([
        access.call(shareLedgerOf(exchange), encodeFunctionData({ abi, functionName: 'isApprovedForAll', args })),
        access.call(COLLATERAL, readCollateralAllowance(wallet, exchange).data),
      ]);
      return { shares: decodeUint(shares) === 1n, collateralMicros: decodeUint(collateral) };
    },
    isValidSignature: async (wallet, digest, signature) => {
      const args = [asHex(digest), asHex(signature)] as const;
      const data = encodeFunctionData({ abi, functionName: 'isValidSignature', args });
      // The answer of an address without code is empty.
      return (await access.call(wallet, data)).startsWith(VALID);
    },
    createAccount: async (request) => {
      const { cashMicros = CASH_MICROS_DEFAULT, isApproved = true, versions = MARKET_VERSIONS } = request;
      const wallet = await placeWallet(access, request);
      const missingMicros = cashMicros - (await collateralOf(wallet));
      if (missingMicros > 0n) await mintCash(wallet, missingMicros);
      if (!isApproved) return { wallet };
      for (const version of versions) {
        for (const operator of OPERATORS[version]) await setShareApproval(wallet, LEDGERS[version], operator, true);
        for (const spender of SPENDERS[version]) await setAllowance(wallet, spender, maxUint256);
      }
      return { wallet };
    },
    setApproval: async ({ wallet, exchange, shares, collateralMicros }) => {
      if (shares !== undefined) await setShareApproval(wallet, shareLedgerOf(exchange), exchange, shares);
      if (collateralMicros !== undefined) await setAllowance(wallet, exchange, collateralMicros);
    },
    mintShares: async (move) => {
      await markets.prepareMarket(move.slug, move.version);
      await access.transact(MARKET_MAKER, LEDGERS[move.version ?? 'v1'], transferOf(MARKET_MAKER, move.wallet, move));
    },
    moveSharesAway: async (move) => {
      await actAs(move.wallet, LEDGERS[move.version ?? 'v1'], transferOf(move.wallet, ELSEWHERE, move));
    },
    redeem: async (wallet, slug, version = 'v1') => {
      const { conditionId, tokenIds } = markets.identify(slug, version);
      if (version === 'v1') {
        const args = [COLLATERAL, NO_PARENT, asHex(conditionId), [INDEX_SETS.UP, INDEX_SETS.DOWN]] as const;
        const data = encodeFunctionData({ abi, functionName: 'redeemPositions', args });
        return { transactionHash: await actAs(wallet, REDEEM_ADAPTER, data) };
      }
      const data = await planV2Redeem(access, { conditionId, tokenIds }, (tokenId) => sharesOf(wallet, tokenId));
      return { transactionHash: await actAs(wallet, ROUTER, data) };
    },
  };
}

/** One call redeems one outcome. The losing one pays nothing and stays. */
async function planV2Redeem(
  access: ChainAccess,
  { conditionId, tokenIds }: MarketIdentity,
  sharesOf: (tokenId: string) => Promise<bigint>,
): Promise<Hex> {
  const ask = encodeFunctionData({ abi, functionName: 'getPayout', args: [BigInt(tokenIds.UP), 1_000_000n] });
  const winner = decodeUint(await access.call(POSITION_MANAGER, ask)) > 0n ? 'UP' : 'DOWN';
  const heldMicros = await sharesOf(tokenIds[winner]);
  const args = [asHex(conditionId), BigInt(OUTCOMES.indexOf(winner)), heldMicros] as const;
  return encodeFunctionData({ abi, functionName: 'redeem', args });
}

/** @throws InvalidInputError */
async function placeWallet(access: ChainAccess, request: ChainAccountRequest): Promise<string> {
  const { owner, signatureType, gasWei = GAS_WEI_DEFAULT } = request;
  if (!ADDRESS.test(owner)) throw new InvalidInputError('The owner has to be an address: 0x and 40 hexadecimal digits');
  const address = asHex(owner.toLowerCase());
  // The owner of a proxy or safe sends its transactions; a deposit wallet has the venue's relayer.
  if (signatureType !== 3) {
    await access.command([{ method: 'anvil_setBalance', params: [address, `0x${gasWei.toString(16)}`] }]);
  }
  if (signatureType === 0) return getAddress(address);
  if (signatureType === 3) return deployDepositWallet(access, address);
  const seed = encodePacked(['string', 'address', 'uint8'], ['t-minus local wallet', address, signatureType]);
  const wallet = getAddress(slice(keccak256(seed), 12));
  await access.command([
    { method: 'anvil_setCode', params: [wallet, CONTRACT_CODE.WalletDouble] },
    // No constructor runs, so the owner is written into the first slot.
    { method: 'anvil_setStorageAt', params: [wallet, NO_PARENT, `0x${address.slice(2).padStart(64, '0')}`] },
  ]);
  return wallet;
}

/** As the relayer: the factory's wallet of this owner, whose id is the owner's address. Safe to repeat. */
export async function deployDepositWallet(access: ChainAccess, owner: string): Promise<string> {
  const id = pad(asHex(owner));
  const predict = encodeFunctionData({ abi, functionName: 'predictWalletAddress', args: [id] });
  const wallet = getAddress(slice(await access.call(DEPOSIT_WALLET_FACTORY_ADDRESS, predict), 12));
  if ((await access.codeOf(wallet)) !== '0x') return wallet;
  const deploy = encodeFunctionData({ abi, functionName: 'deploy', args: [[asHex(owner)], [id]] });
  await access.transact(OPERATOR, DEPOSIT_WALLET_FACTORY_ADDRESS, deploy);
  return wallet;
}
