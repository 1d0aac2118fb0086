import type { ContractCall } from '#lib/adapters/evm/encode-abi.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import type { NeededApproval } from '#lib/ports/wallet/wallet-inspection.ts';
import { approveCollateral, approveShares, readCollateralAllowance, readShareApproval } from './contract-calls.ts';
import { COLLATERAL_ADDRESS, PROTOCOLS } from './polygon-contracts.ts';

const { v1, v2 } = PROTOCOLS;
const SHARES_V1 = { contract: v1.shares, marketVersion: 'v1' } as const;
const CASH_V1 = { contract: COLLATERAL_ADDRESS, marketVersion: 'v1' } as const;
const SHARES_V2 = { contract: v2.shares, marketVersion: 'v2' } as const;
const CASH_V2 = { contract: COLLATERAL_ADDRESS, marketVersion: 'v2' } as const;

/**
 * The approvals a wallet needs to trade and to settle (venue §3.3, §8.4): each exchange may move its shares, to sell,
 * and its collateral, to buy; the contract that redeems may move its shares. Those of one version mean nothing in the
 * other. The same for every type of wallet, but only an EOA sets them by its own transaction; the others use the
 * venue's relayer or website.
 */
export const NEEDED_APPROVALS: readonly NeededApproval[] = [
  { purpose: 'sell', ...SHARES_V1, spender: v1.exchange },
  { purpose: 'buy', ...CASH_V1, spender: v1.exchange },
  { purpose: 'sell-v2', ...SHARES_V2, spender: v2.exchange },
  { purpose: 'buy-v2', ...CASH_V2, spender: v2.exchange },
  { purpose: 'redeem', ...SHARES_V1, spender: v1.redeemer },
  { purpose: 'redeem-v2', ...SHARES_V2, spender: v2.redeemer },
  { purpose: 'sell-neg-risk', ...SHARES_V1, spender: v1.negRiskExchange },
  { purpose: 'buy-neg-risk', ...CASH_V1, spender: v1.negRiskExchange },
  { purpose: 'redeem-neg-risk', ...SHARES_V1, spender: v1.negRiskRedeemer },
];

/** Buying uses the allowance up. One that does not cover a position of the default limits counts as missing. */
const ALLOWANCE_MICROS_MIN = DEFAULT_RISK_LIMITS.budgetMicrosMax;

export function toApprovingCall({ purpose, marketVersion, spender }: NeededApproval): ContractCall {
  return isOfShares(purpose) ? approveShares(PROTOCOLS[marketVersion].shares, spender) : approveCollateral(spender);
}

export function toReadingCall({ purpose, marketVersion, spender }: NeededApproval, wallet: string): ContractCall {
  if (!isOfShares(purpose)) return readCollateralAllowance(wallet, spender);
  return readShareApproval(PROTOCOLS[marketVersion].shares, wallet, spender);
}

export function isGranted({ purpose }: Pick<NeededApproval, 'purpose'>, word: bigint): boolean {
  return isOfShares(purpose) ? word === 1n : word >= ALLOWANCE_MICROS_MIN;
}

function isOfShares(purpose: NeededApproval['purpose']): boolean {
  return !purpose.startsWith('buy');
}
