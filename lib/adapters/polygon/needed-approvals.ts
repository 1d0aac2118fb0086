import type { ContractCall } from '#lib/adapters/evm/encode-abi.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import type { NeededApproval } from '#lib/ports/wallet-inspection.ts';
import { approveCollateral, approveShares, readCollateralAllowance, readShareApproval } from './contract-calls.ts';
import {
  COLLATERAL_ADDRESS,
  CONDITIONAL_TOKENS_ADDRESS,
  EXCHANGE_ADDRESS,
  NEG_RISK_EXCHANGE_ADDRESS,
} from './polygon-contracts.ts';

/**
 * The approvals a wallet needs to trade (venue §3.3): each exchange may move its shares, to sell, and its collateral,
 * to buy. The same for every type of wallet, but only an EOA sets them by its own transaction; the others use the
 * venue's relayer or website.
 */
export const NEEDED_APPROVALS: readonly NeededApproval[] = [
  { purpose: 'sell', contract: CONDITIONAL_TOKENS_ADDRESS, spender: EXCHANGE_ADDRESS },
  { purpose: 'buy', contract: COLLATERAL_ADDRESS, spender: EXCHANGE_ADDRESS },
  { purpose: 'sell-neg-risk', contract: CONDITIONAL_TOKENS_ADDRESS, spender: NEG_RISK_EXCHANGE_ADDRESS },
  { purpose: 'buy-neg-risk', contract: COLLATERAL_ADDRESS, spender: NEG_RISK_EXCHANGE_ADDRESS },
];

/** Buying uses the allowance up. One that does not cover a position of the default limits counts as missing. */
const ALLOWANCE_MICROS_MIN = DEFAULT_RISK_LIMITS.budgetMicrosMax;

export function toApprovingCall({ purpose, spender }: Pick<NeededApproval, 'purpose' | 'spender'>): ContractCall {
  return isOfShares(purpose) ? approveShares(spender) : approveCollateral(spender);
}

export function toReadingCall({ purpose, spender }: NeededApproval, wallet: string): ContractCall {
  return isOfShares(purpose) ? readShareApproval(wallet, spender) : readCollateralAllowance(wallet, spender);
}

export function isGranted({ purpose }: Pick<NeededApproval, 'purpose'>, word: bigint): boolean {
  return isOfShares(purpose) ? word === 1n : word >= ALLOWANCE_MICROS_MIN;
}

function isOfShares(purpose: NeededApproval['purpose']): boolean {
  return purpose === 'sell' || purpose === 'sell-neg-risk';
}
