import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import {
  AUTO_REDEEMER_ADDRESS,
  COLLATERAL_ADDRESS,
  CONDITIONAL_TOKENS_ADDRESS,
  ZERO_ADDRESS,
} from '../polygon-contracts.ts';
import { addressIn, type Receipt, type ReceiptEvent, wordOf } from './receipts.ts';

/** `Transfer(address,address,uint256)` of the collateral. */
export const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
/** `PayoutRedemption(address,address,bytes32,bytes32,uint256[],uint256)` of ConditionalTokens. */
const PAYOUT_REDEMPTION = '0x2682012a4a4f1973119f1c9b90745d1bd91fa2bab387344f044cb3586864d18d';
/** `PositionRedeemed(address,uint256,address,uint256,uint256)` of the modules of version 2. */
const POSITION_REDEEMED = '0x4fd474b703f46b453536518b4cbc159dfbea6fd663233763d321a9bc8ccdf97f';
/** `Redemption(address,uint256,uint256)` of the AutoRedeemer. */
const REDEMPTION = '0xeebddeddf4ae1ee54a48517af27958e7666d69c7ba2e3e7c2b0ff87ef5f4491e';

/**
 * The cash that a transaction brought the wallet, by condition: 32 bytes in version 1, 31 in version 2, in lower case.
 * Proof is the cash itself. The events of a redemption only say for which condition it was: they name the contract that
 * redeemed and not the wallet, appear for payouts of 0, and may be those of other wallets in the same transaction.
 */
export function paidConditions({ logs }: Receipt, walletAddress: string): ReadonlyMap<string, bigint> {
  const paid = new Map<string, bigint>();
  const pay = (condition: string, micros: bigint): void => {
    const key = condition.toLowerCase();
    paid.set(key, (paid.get(key) ?? 0n) + micros);
  };
  /** Redemptions of version 1 since the last mint, and cash of the wallet that no event has explained yet. */
  let redeemed: { readonly condition: string; readonly payoutMicros: bigint }[] = [];
  const arrived: bigint[] = [];
  for (const event of logs) {
    const ofV1 = readV1(event);
    if (ofV1 !== undefined) redeemed.push(ofV1);
    const transfer = readTransfer(event);
    const isCash = transfer !== undefined && isSameHex(transfer.to, walletAddress);
    if (transfer?.from === ZERO_ADDRESS) {
      const shares = isCash ? shareOut(transfer.micros, redeemed) : [];
      for (const { condition, payoutMicros } of shares) pay(condition, payoutMicros);
      if (isCash && shares.length === 0) arrived.push(transfer.micros);
      redeemed = [];
    } else if (isCash && isSameHex(transfer.from, AUTO_REDEEMER_ADDRESS)) {
      arrived.push(transfer.micros);
    }
    const ofV2 = readV2(event, walletAddress);
    const index = ofV2 === undefined ? -1 : arrived.indexOf(ofV2.payoutMicros);
    if (ofV2 === undefined || index < 0) continue;
    arrived.splice(index, 1);
    pay(ofV2.condition, ofV2.payoutMicros);
  }
  return paid;
}

/** One mint usually pays the redemption before it. It may pay several together, or bring more than was redeemed. */
function shareOut(micros: bigint, redeemed: readonly { condition: string; payoutMicros: bigint }[]) {
  const last = redeemed.at(-1);
  if (last === undefined) return [];
  const sumMicros = redeemed.reduce((sum, { payoutMicros }) => sum + payoutMicros, 0n);
  if (last.payoutMicros !== micros && sumMicros === micros) return redeemed;
  return [{ condition: last.condition, payoutMicros: micros }];
}

function readTransfer(event: ReceiptEvent) {
  const [topic, from, to] = event.topics;
  if (topic?.toLowerCase() !== TRANSFER || !isSameHex(event.address, COLLATERAL_ADDRESS)) return undefined;
  return { from: addressIn(from), to: addressIn(to), micros: wordOf(event, 0) };
}

function readV1(event: ReceiptEvent) {
  if (event.topics[0]?.toLowerCase() !== PAYOUT_REDEMPTION) return undefined;
  if (!isSameHex(event.address, CONDITIONAL_TOKENS_ADDRESS)) return undefined;
  return { condition: `0x${event.data.slice(2, 66)}`, payoutMicros: wordOf(event, 2) };
}

/** The condition of version 2 is the token's id without its last byte. */
function readV2(event: ReceiptEvent, walletAddress: string) {
  const [topic, first, second, third] = event.topics;
  switch (topic?.toLowerCase()) {
    case POSITION_REDEEMED:
      if (!isSameHex(addressIn(third), walletAddress)) return undefined;
      return { condition: (second ?? '').slice(0, 64), payoutMicros: wordOf(event, 1) };
    case REDEMPTION:
      if (!isSameHex(addressIn(first), walletAddress) || !isSameHex(event.address, AUTO_REDEEMER_ADDRESS))
        return undefined;
      return { condition: (second ?? '').slice(0, 64), payoutMicros: wordOf(event, 0) };
    default:
      return undefined;
  }
}
