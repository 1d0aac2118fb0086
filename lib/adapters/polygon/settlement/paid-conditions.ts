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
/** `PositionsMerge(address,address,bytes32,bytes32,uint256[],uint256)` of ConditionalTokens. */
const POSITIONS_MERGE = '0x6f13ca62553fcc2bcd2372180a43949c1e4cebba603901ede2f4e14f36b282ca';
/** `PositionsMerged(address,bytes31,address,uint256)` of the modules of version 2. */
const POSITIONS_MERGED = '0xf233f7be4ce81130a78e8eb2fa626497586c56094d27bfec2e196471e9c60301';
/** `Redemption(address,uint256,uint256)` of the AutoRedeemer. */
const REDEMPTION = '0xeebddeddf4ae1ee54a48517af27958e7666d69c7ba2e3e7c2b0ff87ef5f4491e';

export type PaidByKind = Readonly<Record<Earning['kind'], ReadonlyMap<string, bigint>>>;

/** What an event says was paid for. */
type Earning = {
  readonly kind: 'redemption' | 'merge';
  /** 32 bytes in version 1, 31 in version 2, in lower case. */
  readonly condition: string;
  readonly payoutMicros: bigint;
};

/**
 * The cash that a transaction brought the wallet, by what it was for and by condition: 32 bytes in version 1, 31 in
 * version 2, in lower case. Proof is the cash itself. The events of a redemption or a merge only say for which
 * condition it was: they name the contract that acted and not the wallet, appear for payouts of 0, and may be those of
 * other wallets in the same transaction.
 */
export function paidByKind({ logs }: Receipt, walletAddress: string): PaidByKind {
  const paid = { redemption: new Map<string, bigint>(), merge: new Map<string, bigint>() };
  const pay = ({ kind, condition, payoutMicros }: Earning): void => {
    paid[kind].set(condition, (paid[kind].get(condition) ?? 0n) + payoutMicros);
  };
  /** What version 1 earned since the last mint, and cash of the wallet that no event has explained yet. */
  let earned: Earning[] = [];
  const arrived: bigint[] = [];
  for (const event of logs) {
    const ofV1 = readV1(event);
    if (ofV1 !== undefined) earned.push(ofV1);
    const transfer = readTransfer(event);
    const isCash = transfer !== undefined && isSameHex(transfer.to, walletAddress);
    if (transfer?.from === ZERO_ADDRESS) {
      const shares = isCash ? shareOut(transfer.micros, earned) : [];
      for (const share of shares) pay(share);
      if (isCash && shares.length === 0) arrived.push(transfer.micros);
      earned = [];
    } else if (isCash && isSameHex(transfer.from, AUTO_REDEEMER_ADDRESS)) {
      arrived.push(transfer.micros);
    }
    const ofV2 = readV2(event, walletAddress);
    const index = ofV2 === undefined ? -1 : arrived.indexOf(ofV2.payoutMicros);
    if (ofV2 === undefined || index < 0) continue;
    arrived.splice(index, 1);
    pay(ofV2);
  }
  return paid;
}

/** One mint usually pays what was earned before it. It may pay several together, or bring more than was earned. */
function shareOut(micros: bigint, earned: readonly Earning[]): readonly Earning[] {
  const last = earned.at(-1);
  if (last === undefined) return [];
  const sumMicros = earned.reduce((sum, { payoutMicros }) => sum + payoutMicros, 0n);
  if (last.payoutMicros !== micros && sumMicros === micros) return earned;
  return [{ ...last, payoutMicros: micros }];
}

function readTransfer(event: ReceiptEvent) {
  const [topic, from, to] = event.topics;
  if (topic?.toLowerCase() !== TRANSFER || !isSameHex(event.address, COLLATERAL_ADDRESS)) return undefined;
  return { from: addressIn(from), to: addressIn(to), micros: wordOf(event, 0) };
}

function readV1(event: ReceiptEvent): Earning | undefined {
  if (!isSameHex(event.address, CONDITIONAL_TOKENS_ADDRESS)) return undefined;
  switch (event.topics[0]?.toLowerCase()) {
    case PAYOUT_REDEMPTION:
      return earning('redemption', `0x${event.data.slice(2, 66)}`, wordOf(event, 2));
    case POSITIONS_MERGE:
      return earning('merge', event.topics[3], wordOf(event, 2));
    default:
      return undefined;
  }
}

/** The condition of version 2 is the token's id without its last byte. */
function readV2(event: ReceiptEvent, walletAddress: string): Earning | undefined {
  const [topic, first, second, third] = event.topics;
  const condition = second?.slice(0, 64);
  switch (topic?.toLowerCase()) {
    case POSITION_REDEEMED:
      if (!isSameHex(addressIn(third), walletAddress)) return undefined;
      return earning('redemption', condition, wordOf(event, 1));
    case POSITIONS_MERGED:
      if (!isSameHex(addressIn(third), walletAddress)) return undefined;
      return earning('merge', condition, wordOf(event, 0));
    case REDEMPTION:
      if (!isSameHex(addressIn(first), walletAddress) || !isSameHex(event.address, AUTO_REDEEMER_ADDRESS))
        return undefined;
      return earning('redemption', condition, wordOf(event, 0));
    default:
      return undefined;
  }
}

function earning(kind: Earning['kind'], condition: string | undefined, payoutMicros: bigint): Earning {
  return { kind, condition: (condition ?? '').toLowerCase(), payoutMicros };
}
