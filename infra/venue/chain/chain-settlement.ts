import { encodeFunctionData, type Hex, parseAbi } from 'viem';
import type { ChainSettlement } from '#infra/shared/local-chain.ts';
import { DEPOSIT_WALLET_FACTORY_ADDRESS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { asHex, type ChainAccess, decodeUint } from './chain-access.ts';
import {
  AUTO_REDEEMER,
  BACKING,
  CONDITIONAL_TOKENS,
  OPERATOR,
  POSITION_MANAGER,
  REDEEM_ADAPTER,
} from './chain-addresses.ts';
import type { ChainMarkets } from './chain-markets.ts';
import { deployDepositWallet } from './chain-wallets.ts';

const abi = parseAbi([
  'struct Call { address target; uint256 value; bytes data; }',
  'struct Batch { address wallet; uint256 nonce; uint256 deadline; Call[] calls; }',
  'function proxy(Batch[] batches, bytes[] signatures)',
  'function nonce() view returns (uint256)',
  'function owner() view returns (address)',
  'function setPaused(address asset, bool isPaused)',
  'function redeem(address[] owners, uint256[] ids)',
  'function redeemBinary(address[] owners, bytes32[] conditionIds)',
]);
const APPROVE = parseAbi([
  'function setApprovalForAll(address operator, bool approved)',
  'function execute(address to, bytes data)',
]);
/** `finalized` is two blocks behind the newest. */
const FINALITY_BLOCKS = '0x3';

/** What happens on the chain after a market's end, other than by the wallet's own transactions. */
export function createChainSettlement(access: ChainAccess, markets: ChainMarkets): ChainSettlement {
  const readWord = async (wallet: string, functionName: 'nonce' | 'owner'): Promise<bigint> =>
    decodeUint(await access.call(wallet, encodeFunctionData({ abi, functionName })));
  return {
    resolve: markets.resolve,
    moveTimeTo: async (atMs) => {
      const seconds = Math.floor(atMs / 1_000);
      await access.command([
        { method: 'evm_setNextBlockTimestamp', params: [seconds] },
        { method: 'anvil_mine', params: ['0x1'] },
      ]);
    },
    finalize: () => access.command([{ method: 'anvil_mine', params: [FINALITY_BLOCKS] }]),
    setRedeemPaused: async (isPaused) => {
      const args = [BACKING, isPaused] as const;
      await access.transact(OPERATOR, REDEEM_ADAPTER, encodeFunctionData({ abi, functionName: 'setPaused', args }));
    },
    autoRedeem: async (wallet, slug, version = 'v1') => {
      const { conditionId, tokenIds } = markets.identify(slug, version);
      await approveAutoRedeemer(access, wallet, version === 'v1' ? CONDITIONAL_TOKENS : POSITION_MANAGER);
      const owner = asHex(wallet);
      const ids = [BigInt(tokenIds.UP), BigInt(tokenIds.DOWN)];
      const data =
        version === 'v1'
          ? encodeFunctionData({ abi, functionName: 'redeemBinary', args: [[owner], [asHex(conditionId)]] })
          : encodeFunctionData({ abi, functionName: 'redeem', args: [[owner, owner], ids] });
      return { transactionHash: await access.transact(OPERATOR, AUTO_REDEEMER, data) };
    },
    createDepositWallet: async (owner) => ({ wallet: await deployDepositWallet(access, owner) }),
    batchNonceOf: (wallet) => readWord(wallet, 'nonce'),
    ownerOf: async (wallet) => `0x${(await readWord(wallet, 'owner')).toString(16).padStart(40, '0')}`,
    executeBatch: async ({ wallet, nonce, deadlineS, calls, signature }) => {
      const parts = calls.map(({ target, data }) => ({ target: asHex(target), value: 0n, data: asHex(data) }));
      const batch = { wallet: asHex(wallet), nonce, deadline: deadlineS, calls: parts };
      const args = [[batch], [asHex(signature)]] as const;
      const data = encodeFunctionData({ abi, functionName: 'proxy', args });
      return { transactionHash: await access.transact(OPERATOR, DEPOSIT_WALLET_FACTORY_ADDRESS, data) };
    },
  };
}

async function approveAutoRedeemer(access: ChainAccess, wallet: string, ledger: Hex): Promise<void> {
  const approve = encodeFunctionData({ abi: APPROVE, functionName: 'setApprovalForAll', args: [AUTO_REDEEMER, true] });
  if ((await access.codeOf(wallet)) === '0x') return void (await access.transact(wallet, ledger, approve));
  const act = encodeFunctionData({ abi: APPROVE, functionName: 'execute', args: [ledger, approve] });
  await access.transact(OPERATOR, wallet, act);
}
