import { type ChainReadings, COLLATERAL } from '#infra/venue/trading/chain-readings.ts';
import type { TradedMarket } from '#infra/venue/trading/traded-markets.ts';
import { isSameAddress, type VenueAccount, type VenueAccounts } from '#infra/venue/trading/venue-accounts.ts';
import { exchangeOf } from '#lib/adapters/polygon/polygon-contracts.ts';
import type { VenueRefusal } from '#lib/venue/engine/check-order.ts';
import type { VenueOrder, VenueOrderTerms } from '#lib/venue/engine/venue-ledger.ts';
import type { SignedVenueOrder, VenueChain } from '../chain/venue-chain.ts';
import { readOrderAmounts } from './order-amounts.ts';
import type { Caller } from './request-auth.ts';
import type { PostedOrder } from './signed-order.ts';

export type PlaceOrderDeps = {
  readonly accounts: VenueAccounts;
  readonly chain: VenueChain | null;
  readonly readings: ChainReadings | null;
  nowMs(): number;
  sleepUntil(atMs: number): Promise<void>;
  /** Advances the engine, and repeats on the chain what its conditions moved outside the exchange. */
  catchUp(traded: TradedMarket): Promise<void>;
};

/** A refusal in the venue's words, or the order after its match. */
export type PlacedResult = VenueRefusal | { readonly order: VenueOrder; readonly wasHeld: boolean };

/** Checks an order as the venue does, submits it to the engine, and waits for the taker delay of a match. */
export async function placeOrder(
  deps: PlaceOrderDeps,
  caller: Caller,
  traded: TradedMarket,
  posted: PostedOrder,
): Promise<PlacedResult> {
  const checked = await checkOrder(deps, caller, traded, posted);
  if ('status' in checked) return checked;
  const { terms, account } = checked;
  const { market } = traded.playing;
  const asset = terms.side === 'BUY' ? COLLATERAL : terms.tokenId;
  await deps.readings?.ensure(market, account.wallet, asset);
  await deps.catchUp(traded);
  const receivedAtMs = deps.nowMs();
  const submission = traded.engine.submit(terms, receivedAtMs);
  if ('status' in submission) return submission;
  traded.placed.set(terms.orderHash, {
    order: posted.order,
    exchange: exchangeOf(market),
    orderType: posted.orderType,
    expiresAtMs: posted.orderType === 'GTD' ? posted.expiresAtS * 1_000 : null,
  });
  await deps.sleepUntil(submission.matchAtMs);
  const result = traded.engine.answerTo(terms.orderHash, Math.max(deps.nowMs(), submission.matchAtMs));
  return 'text' in result ? result : { order: result, wasHeld: submission.matchAtMs > receivedAtMs };
}

type CheckedOrder = { readonly terms: VenueOrderTerms; readonly account: VenueAccount };

async function checkOrder(
  deps: PlaceOrderDeps,
  caller: Caller,
  traded: TradedMarket,
  posted: PostedOrder,
): Promise<VenueRefusal | CheckedOrder> {
  const { order, orderType, postOnly } = posted;
  const account = checkAccount(deps.accounts, caller, posted);
  if (typeof account === 'string') return { status: 400, text: account };
  const { market } = traded.playing;
  const { hashOrder } = await import('./order-signature.ts');
  const orderHash = hashOrder(order, exchangeOf(market));
  if (orderHash === undefined) return { status: 400, text: 'Invalid order payload' };
  if (!(await isSignedBy(deps, account, order, orderHash, exchangeOf(market)))) {
    return { status: 400, text: 'invalid signature' };
  }
  const minExpiresAtS = deps.nowMs() / 1_000 + 60;
  if (orderType === 'GTD' && posted.expiresAtS < minExpiresAtS) return { status: 400, text: 'invalid expiration' };
  const engineType = orderType === 'GTD' ? 'GTC' : orderType;
  const tickMicros = traded.engine.bookAt(order.tokenId, deps.nowMs())?.tickMicros ?? market.tickMicros;
  const amounts = readOrderAmounts(order, orderHash, tickMicros, engineType !== 'GTC');
  if ('refusal' in amounts) return { status: 400, text: amounts.refusal };
  const { tokenId, side } = order;
  const terms = { orderHash, wallet: account.wallet, tokenId, side, orderType: engineType, postOnly, ...amounts };
  return { terms, account };
}

/** The order's wallet, or the text of the refusal when the caller may not trade for it. */
function checkAccount(
  accounts: VenueAccounts,
  caller: Caller,
  { order, ownerKey }: PostedOrder,
): VenueAccount | string {
  if (ownerKey !== caller.credentials.key) return 'the order owner has to be the owner of the API KEY';
  const account = accounts.findByWallet(order.maker);
  if (account === undefined) return 'maker address not allowed, please use the deposit wallet flow';
  // The signer is the deposit wallet itself, or the key of any other wallet.
  const isOwnSigner = isSameAddress(order.signer, order.signatureType === 3 ? order.maker : caller.address);
  const isOwnWallet = order.signatureType !== 3 || isSameAddress(account.owner, caller.address);
  if (!isOwnSigner || !isOwnWallet) return 'the order signer address has to be the address of the API KEY';
  const isOwnType = account.signatureType === order.signatureType && isSameAddress(account.owner, caller.address);
  return isOwnType ? account : 'invalid signature';
}

async function isSignedBy(
  { chain }: PlaceOrderDeps,
  account: VenueAccount,
  order: SignedVenueOrder,
  orderHash: `0x${string}`,
  exchange: string,
): Promise<boolean> {
  const { isNestedSignatureOf, recoverSigner } = await import('./order-signature.ts');
  if (order.signatureType === 3) {
    if (chain === null) return isNestedSignatureOf(account.owner, order, exchange);
    return chain.isValidSignature(account.wallet, orderHash, order.signature);
  }
  const signer = await recoverSigner(orderHash, order.signature);
  return signer !== undefined && isSameAddress(signer, account.owner);
}
