import {
  COLLATERAL_ADDRESS,
  CONDITIONAL_TOKENS_ADDRESS,
  EXCHANGE_ADDRESS,
  NEG_RISK_EXCHANGE_ADDRESS,
  REDEEM_ADAPTER_ADDRESS,
} from '#lib/adapters/polygon/polygon-contracts.ts';

/** Where things stand on the local chain; the contracts hold the same list (`contracts/Addresses.sol`). */
export const CONDITIONAL_TOKENS = CONDITIONAL_TOKENS_ADDRESS;
export const COLLATERAL = COLLATERAL_ADDRESS;
/** What ConditionalTokens keeps behind every share, on Polygon USDC.e (venue §5.4). */
export const BACKING = '0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174';
export const REDEEM_ADAPTER = REDEEM_ADAPTER_ADDRESS;
export const EXCHANGES = [EXCHANGE_ADDRESS, NEG_RISK_EXCHANGE_ADDRESS] as const;

/** Local only: no key of theirs exists, the node lets us act for them. */
export const OPERATOR = '0x1000000000000000000000000000000000000001';
export const MARKET_MAKER = '0x1000000000000000000000000000000000000002';
/** Where shares go that leave a wallet by another way than the exchange. */
export const ELSEWHERE = '0x1000000000000000000000000000000000000004';
