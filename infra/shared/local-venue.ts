import type { ClobClient } from '@polymarket/clob-client-v2';
import type { ChainSettlement, ChainWallets } from '#infra/shared/local-chain.ts';
import type { LocalRelayer } from '#infra/shared/local-relayer.ts';
import type { MarketRequest } from '#lib/venue/books/plan-added-market.ts';
import type { VenueCondition } from '#lib/venue/engine/switchable-conditions.ts';
import type { VenueConditions } from '#lib/venue/engine/venue-conditions.ts';

/** 0 EOA, 1 proxy, 2 safe, 3 deposit wallet (venue §2.3). */
export type SignatureType = 0 | 1 | 2 | 3;

/** A wallet that may trade at the local venue. */
export type AccountRequest = {
  /** The maker of its orders, which holds cash and shares. */
  readonly wallet: string;
  /** The key that signs orders and owns the API key. For type 0 this is the wallet itself. */
  readonly owner: string;
  readonly signatureType: SignatureType;
  /** Opening cash where no chain holds the balance. Default: 10,000 dollars. */
  readonly cashMicros?: bigint;
};

export const DATA_ROWS = ['all', 'repeated', 'halved', 'none'] as const;
export type DataRows = (typeof DATA_ROWS)[number];

export type FeeSettings = Pick<VenueConditions, 'feeRounding' | 'feePer'>;

/** Protocol details for which the real venue was observed to behave in more than one way. */
export type VenueSettings = FeeSettings & {
  /** Overrides of the fee settings, by market slug. */
  readonly feesByMarket: Readonly<Record<string, FeeSettings>>;
  /** Statuses of orders and trades carry their long prefix, `TRADE_STATUS_MATCHED` (venue §2.6). */
  readonly statusPrefix: boolean;
  /** Status of an order that the answer does not show as filled and that fills later. */
  readonly lateFillStatus: 'live' | 'delayed';
  /** A look-up by id also finds orders that are finished. One report says it does not (venue §2.8). */
  readonly finishedOrders: boolean;
  /** Entries per page of orders and trades. */
  readonly pageSize: number;
  readonly closedOnly: boolean;
  /**
   * Markets that name ids of both versions in Gamma: those that `mixed` chooses by slug, none (as the documentation
   * shows it), or all.
   */
  readonly gammaIds: 'mixed' | 'documented' | 'both';
  /** Length of Gamma's condition id of a v2 market: 31 is documented, what is really served is unknown. */
  readonly gammaConditionBytes: 31 | 32;
  /** How far the Data API is behind the chain. Default: 4 s. */
  readonly dataLagMs: number;
  /**
   * The Data API repeats an answer to the same request for some seconds, as the content network does. Default: true.
   */
  readonly dataCached: boolean;
  /** So much longer than its maximum age the content network repeats an answer. Default: 0. */
  readonly dataStaleMs: number;
  /**
   * Rows of the Data API's lists of positions and activity: all; each twice, as in a list that is read while it
   * grows; without the first, third, fifth …; or none. Default: `all`.
   */
  readonly dataRows: DataRows;
  /** Rows of a page of the Data API at most, whatever was asked for. */
  readonly dataPageSize: number;
  /** So long after a market's result the Data API lists its shares only if asked for archived ones. Default: 1 h. */
  readonly dataArchiveAfterMs: number;
  /** What Gamma and the Data API say of results: what they are, or the opposite. Default: `true`. */
  readonly reportedResults: 'true' | 'opposite';
  /** What `/api/geoblock` answers. */
  readonly geoblocked: boolean;
};

/**
 * A wrong answer of an HTTP server.
 * - `html`: a proxy's error page with status 200
 * - `garbage`: bytes that are not JSON · `empty`: no body
 * - `half-body`: the connection breaks in the middle of the answer
 * - `hang`: no answer at all
 * - `status`: an error with `status` (default 503); 429 carries `Retry-After: 1`
 */
export type HttpFault = {
  /** Applies to paths that begin with this. */
  readonly path: string;
  readonly kind: 'html' | 'garbage' | 'empty' | 'half-body' | 'hang' | 'status';
  readonly status?: number;
  /** Number of answers. Default: all, until the faults are cleared. */
  readonly count?: number;
};

/** The local venue: base URLs without a trailing slash, one for each of the venue's real hosts, and its controls. */
export type LocalVenue = {
  readonly clobHost: string;
  readonly gammaHost: string;
  readonly binanceHost: string;
  /** What an index of the chain says about wallets. */
  readonly dataHost: string;
  /** Serves `/api/geoblock`. */
  readonly polymarketHost: string;
  /** The controls below for other processes (infra/venue/README.md). */
  readonly adminUrl: string;
  /** Lists a market beside the regular windows and returns its slug. @throws InvalidInputError */
  addMarket(request: MarketRequest): string;
  /** Lets a wallet trade. Safe to repeat. @throws InvalidInputError */
  registerAccount(account: AccountRequest): void;
  /** Switches a fault on, now or at the time it names. @throws InvalidInputError */
  setCondition(condition: VenueCondition): void;
  clearConditions(): void;
  setSettings(changes: Partial<VenueSettings>): void;
  /** Applies to every host. The fault set last wins. */
  setFault(fault: HttpFault): void;
  clearFaults(): void;
  stop(): Promise<void>;
};

export type LiveAccountRequest = {
  /** Part of the names of its secrets. */
  readonly name: string;
  readonly signatureType: SignatureType;
  /** Default: 10,000 dollars. */
  readonly cashMicros?: bigint;
  /** Lets an exit set a missing approval. Possible for wallets of type 0 only. */
  readonly mayApprove?: boolean;
};

/** A wallet on the local chain that trades at the local venue. Its key is only in the secret store. */
export type LiveAccount = {
  readonly wallet: string;
  /** What functions need to trade with it: names of secrets, never secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** The venue's own client, unmodified, for trades by hand. */
  readonly client: ClobClient;
};

/** Live trading on this machine: the chain, and the account that the suite's functions trade with. */
export type LocalLive = {
  readonly chain: ChainWallets & ChainSettlement & { readonly rpcUrl: string };
  readonly relayer: LocalRelayer;
  readonly account: LiveAccount;
  /** Creates one more account. Functions trade with it when they are given its environment. */
  createAccount(request: LiveAccountRequest): Promise<LiveAccount>;
};
