import { decodeShares, readShares, toRpcCall } from '#lib/adapters/polygon/contract-calls.ts';
import { PROTOCOLS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { createPolygonWallet } from '#lib/adapters/polygon/polygon-wallet.ts';
import { orMissing } from '#lib/adapters/polygon/settlement/read-condition.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { createPolymarketExchange } from '#lib/adapters/polymarket/orders/polymarket-exchange.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { isConfirmed } from '#lib/cli/confirm.ts';
import { findChosenMarkets, type MarketChoice, type OwnedMarket, toOwnerTerms } from '#lib/cli/owner/find-markets.ts';
import { notesOf, type Owner, type OwnerOptions, openOwner } from '#lib/cli/owner/open-owner.ts';
import { createOrderJournal, type OrderJournal } from '#lib/cli/owner/order-journal.ts';
import { exactShares } from '#lib/cli/owner/owner-words.ts';
import { settleEarlier } from '#lib/cli/owner/perform-action.ts';
import { planSale, type SalePlan } from '#lib/cli/owner/plan-sale.ts';
import { recordByHand } from '#lib/cli/owner/record-by-hand.ts';
import { type Sale, sellHolding, settleNote } from '#lib/cli/owner/sell-holding.ts';
import { type Fact, renderFacts } from '#lib/cli/render/facts.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { printable, type Terminal } from '#lib/cli/terminal.ts';
import { OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { ONE_MICROS, parseMicros } from '#lib/domain/market/money.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { Exchange } from '#lib/ports/venue/exchange.ts';
import { cents, dollars, fillPrice } from '#lib/words/money-text.ts';
import { toJson } from '#lib/words/to-json.ts';

export type SellNowOptions = OwnerOptions & MarketChoice & { readonly minPrice?: string };

type Planned = {
  readonly owned: OwnedMarket;
  readonly outcome: Outcome;
  readonly terms: PositionTerms;
  readonly heldMicros: bigint;
  readonly plan: SalePlan;
};
type Left = { readonly what: string; readonly reason: string };

const READ_DEADLINE_MS = 20_000;

/**
 * Sells shares at market, down to a floor, after a preview and a yes. Prints what was sold, for how much, and the rest.
 */
export async function sellNowCommand(terminal: Terminal, options: SellNowOptions): Promise<ExitCode> {
  const minPriceMicros = options.minPrice === undefined ? null : readPrice(options.minPrice);
  const owner = await openOwner(terminal, options);
  try {
    await settleEarlier(terminal, owner);
    const exchange = createExchange(owner);
    const orders = createOrderJournal(notesOf(options), owner.walletAddress);
    await settleEarlierOrder(terminal, owner, exchange, orders);
    const markets = await findChosenMarkets(terminal, owner, options, terminal.nowMs() + READ_DEADLINE_MS);
    const { planned, left } = await planAll(owner, markets, minPriceMicros);
    if (planned.length === 0) throw nothing(left);
    if (options.json !== true) terminal.out(`Sell now\n\n${renderFacts(factsOf(planned, left))}`);
    if (!(await isConfirmed(terminal, options, 'Sell now?'))) return EXIT_CODES.refused;
    const say = (text: string): void => terminal.err(narrate(printable(text)));
    const deps = { exchange, orders, say, readHeld: (terms: PositionTerms) => readHeld(owner, terms) };
    const sales: (Planned & Sale)[] = [];
    let failure: unknown = null;
    try {
      for (const each of planned) {
        await cancelResting(terminal, exchange, each.terms);
        sales.push({ ...each, ...(await sellHolding(deps, each.terms, each.plan)) });
      }
    } catch (error) {
      failure = error;
    }
    // What was sold before a failure is said and written down all the same.
    await recordByHand(terminal, owner, sales.map(toRecord));
    if (failure !== null && sales.length === 0) throw failure;
    const code = finish(terminal, options, sales);
    if (failure !== null) throw failure;
    return code;
  } finally {
    owner.close();
  }
}

function createExchange({ hosts, account, rpcUrl, walletAddress, signatureType, loadCredentials }: Owner): Exchange {
  const loadAccount = async () => account;
  const wallet = { walletAddress, signatureType, loadAccount };
  const chain = createPolygonWallet({ clock, rpcUrl, mayApprove: false, ...wallet });
  const ids = createSystemIdSource(clock);
  return createPolymarketExchange({ clock, ids, chain, clobHost: hosts.clobHost, loadCredentials, ...wallet });
}

/** An order that an earlier command left behind: it may have sold, and nothing else is signed before that is known. */
async function settleEarlierOrder(
  terminal: Terminal,
  owner: Owner,
  exchange: Exchange,
  orders: OrderJournal,
): Promise<void> {
  const note = orders.find();
  if (note === undefined) return;
  terminal.err(
    `An earlier command did not see the end of its order in ${printable(note.slug)}. It is looked up first.`,
  );
  const [owned] = await findChosenMarkets(terminal, owner, { market: note.slug }, terminal.nowMs() + READ_DEADLINE_MS);
  if (owned?.market === undefined || owned.market === null) return;
  const terms = withBudget(toOwnerTerms(owned.market, owner.walletAddress, note.outcome), BigInt(note.shares));
  const soldMicros = await settleNote({ exchange, orders }, terms, note);
  terminal.err(`It sold ${exactShares(soldMicros)} shares.`);
}

async function planAll(owner: Owner, markets: readonly OwnedMarket[], minPriceMicros: bigint | null) {
  const data = createPolymarketMarketData({ clock, ...owner.hosts });
  const planned: Planned[] = [];
  const left: Left[] = [];
  for (const owned of markets) {
    for (const outcome of OUTCOMES) {
      const heldMicros = owned.held[outcome];
      if (heldMicros === 0n) continue;
      const what = `${exactShares(heldMicros)} ${owned.outcomeNames[outcome]} of ${owned.slug}`;
      const reason = whyNot(owned, heldMicros);
      const { market } = owned;
      if (reason !== null || market === null) {
        left.push({ what, reason: reason ?? 'the venue does not describe the market' });
        continue;
      }
      const book = await data.findBook(market.tokenIds[outcome], clock.nowMs() + READ_DEADLINE_MS);
      const plan = book === undefined ? null : planSale(book, heldMicros, market.feeRateMicros, minPriceMicros);
      if (plan === null || plan.sharesMicros === 0n) {
        left.push({ what, reason: 'there is no bid; --min-price PRICE offers the shares at that price' });
        continue;
      }
      const terms = withBudget(toOwnerTerms(market, owner.walletAddress, outcome), heldMicros);
      planned.push({ owned, outcome, terms, heldMicros, plan });
    }
  }
  return { planned, left };
}

/** Sizes beyond what is held are read in another unit (see list-own-orders). */
function withBudget(terms: PositionTerms, heldMicros: bigint): PositionTerms {
  return { ...terms, budgetMicros: heldMicros };
}

function whyNot({ market, payout }: OwnedMarket, heldMicros: bigint): string | null {
  if (payout !== null) return 'the market is resolved: `tminus redeem`';
  if (heldMicros < SHARES_STEP_MICROS) return 'less than 0.01 share, which the venue does not trade';
  if (market === null) return 'the venue does not describe the market';
  if (market.endsAtMs <= clock.nowMs()) return 'the market is over: its result decides, then `tminus redeem`';
  return market.acceptingOrders ? null : 'the venue takes no orders for this market';
}

function factsOf(planned: readonly Planned[], left: readonly Left[]): readonly Fact[] {
  return [
    ...planned.flatMap(({ owned, outcome, plan }): readonly Fact[] => {
      const { sharesMicros, floorMicros, bestBidMicros, expected } = plan;
      const bid = bestBidMicros === null ? 'there is no bid now' : `the best bid is ${cents(bestBidMicros)}`;
      const net = dollars(expected.valueMicros - expected.feesMicros);
      return [
        ['Sell', `${exactShares(sharesMicros)} ${owned.outcomeNames[outcome]} of ${owned.slug}`],
        ['Floor', `${cents(floorMicros)} a share; ${bid}`],
        [
          'Now',
          `the book takes ${exactShares(expected.sharesMicros)} for ${net} after ${dollars(expected.feesMicros)} of fees`,
        ],
      ];
    }),
    ...left.map(({ what, reason }): Fact => ['Not', `${what}: ${reason}`]),
    ...planned.flatMap(({ owned, outcome }): readonly Fact[] =>
      outcome === 'DOWN' && owned.held.UP > 0n
        ? [
            [
              'Note',
              `both outcomes are held: \`tminus merge --market ${owned.slug}\` brings a dollar a pair, without fees`,
            ],
          ]
        : [],
    ),
    ['By', 'orders that take what the book has at once and never rest (FAK), one at a time'],
    ['Costs', 'the venue’s taker fee; no gas'],
  ];
}

/** Shares in an order that rests cannot be sold again. */
async function cancelResting(terminal: Terminal, exchange: Exchange, terms: PositionTerms): Promise<void> {
  const deadlineAtMs = terminal.nowMs() + READ_DEADLINE_MS;
  const resting = await exchange.listRestingOrders(terms, deadlineAtMs);
  if (resting.length === 0) return;
  terminal.err(`${resting.length} resting orders of this token are cancelled first.`);
  await exchange.cancelRestingOrders(terms, deadlineAtMs);
}

async function readHeld({ rpc }: Owner, { wallet, tokenId, marketVersion }: PositionTerms): Promise<bigint> {
  const call = toRpcCall(readShares(PROTOCOLS[marketVersion].shares, wallet, [tokenId]));
  const [outcome] = await rpc.send([call], clock.nowMs() + READ_DEADLINE_MS);
  const [micros = 0n] = decodeShares(orMissing(outcome), 1);
  return micros;
}

function toRecord({ owned, sold, orderHashes }: Planned & Sale) {
  const cashMicros = sold.valueMicros - sold.feesMicros;
  const { conditionId } = owned.terms;
  return { action: 'sold', marketSlug: owned.slug, conditionId, cashMicros, references: orderHashes } as const;
}

function finish(terminal: Terminal, { json }: SellNowOptions, sales: readonly (Planned & Sale)[]): ExitCode {
  const isAll = sales.every(({ plan, sold }) => sold.sharesMicros >= plan.sharesMicros);
  if (json === true) {
    const rows = sales.map(({ owned, outcome, sold, heldMicros, isFinal, orderHashes, stoppedBy }) => ({
      ...{ market: owned.slug, outcome: owned.outcomeNames[outcome], ...sold, isFinal, orderHashes, stoppedBy },
      leftMicros: heldMicros - sold.sharesMicros,
    }));
    terminal.out(toJson({ sold: rows }));
  } else for (const sale of sales) terminal.out(narrate(saleText(sale)));
  return isAll ? EXIT_CODES.ok : EXIT_CODES.failure;
}

function saleText({ owned, outcome, sold, heldMicros, isFinal, stoppedBy }: Planned & Sale): string {
  const name = `${owned.outcomeNames[outcome]} of ${owned.slug}`;
  const left = heldMicros - sold.sharesMicros;
  const rest =
    left === 0n ? '' : ` Left: ${exactShares(left)}${stoppedBy === null ? '' : ` (${printable(stoppedBy)})`}.`;
  if (sold.sharesMicros === 0n) return `Nothing was sold of ${name}.${rest}`;
  const net = dollars(sold.valueMicros - sold.feesMicros);
  const final = isFinal ? '' : ' Not final on the chain yet: `tminus wallet` shows the cash.';
  return `Sold: ${exactShares(sold.sharesMicros)} ${name} at ${fillPrice(sold)} for ${net} after fees.${rest}${final}`;
}

function nothing(left: readonly Left[]): CliError {
  const reasons = left.map(({ what, reason }) => `${what}: ${reason}.`).join(' ');
  const text = reasons === '' ? 'The wallet holds no shares that were found.' : `Nothing can be sold. ${reasons}`;
  return new CliError(EXIT_CODES.refused, 'nothing-to-sell', text);
}

/** @throws CliError 2 */
function readPrice(text: string): bigint {
  try {
    const micros = parseMicros(text);
    if (micros > 0n && micros < ONE_MICROS) return micros;
  } catch {
    // One text below for every wrong price.
  }
  throw new CliError(
    EXIT_CODES.usage,
    'usage',
    '--min-price must be a price in dollars between 0 and 1, such as 0.05.',
  );
}
