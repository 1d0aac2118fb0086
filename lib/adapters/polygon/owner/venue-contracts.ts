import {
  AUTO_REDEEMER_ADDRESS,
  BACKING_ADDRESS,
  COLLATERAL_ADDRESS,
  DEPOSIT_WALLET_FACTORY_ADDRESS,
  NEG_RISK_BACKING_ADDRESS,
  PROTOCOLS,
  PROXY_FACTORY_ADDRESS,
} from '../polygon-contracts.ts';

/** Cash that is sent to one of these is lost. */
export const VENUE_CONTRACTS: readonly `0x${string}`[] = [
  COLLATERAL_ADDRESS,
  BACKING_ADDRESS,
  NEG_RISK_BACKING_ADDRESS,
  AUTO_REDEEMER_ADDRESS,
  PROXY_FACTORY_ADDRESS,
  DEPOSIT_WALLET_FACTORY_ADDRESS,
  ...Object.values(PROTOCOLS).flatMap((each) => [
    each.exchange,
    each.negRiskExchange,
    each.shares,
    each.redeemer,
    each.negRiskRedeemer,
  ]),
];
