import {
  COLLATERAL_ADDRESS,
  CONDITIONAL_TOKENS_ADDRESS,
  EXCHANGE_ADDRESS,
  NEG_RISK_EXCHANGE_ADDRESS,
  REDEEM_ADAPTER_ADDRESS,
} from '#lib/adapters/polygon/polygon-contracts.ts';

/** Addresses of contracts on the local chain. `contracts/Addresses.sol` has the same list. */
export const CONDITIONAL_TOKENS = CONDITIONAL_TOKENS_ADDRESS;
export const COLLATERAL = COLLATERAL_ADDRESS;
/** The collateral inside ConditionalTokens: USDC.e on Polygon. */
export const BACKING = '0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174';
export const REDEEM_ADAPTER = REDEEM_ADAPTER_ADDRESS;
export const EXCHANGES = [EXCHANGE_ADDRESS, NEG_RISK_EXCHANGE_ADDRESS] as const;

/** Local accounts without keys: the node accepts them as senders. */
export const OPERATOR = '0x1000000000000000000000000000000000000001';
export const MARKET_MAKER = '0x1000000000000000000000000000000000000002';
/** Receives the shares that leave a wallet outside the exchange. */
export const ELSEWHERE = '0x1000000000000000000000000000000000000004';
