import type { VenueConditions } from '#lib/venue/engine/venue-conditions.ts';

export type FeeSettings = Pick<VenueConditions, 'feeRounding' | 'feePer'>;

/** How the venue speaks and counts where it has been seen doing it in more than one way. */
export type VenueSettings = FeeSettings & {
  /** Markets, by slug, that count their fees in another way than the rest. */
  readonly feesByMarket: Readonly<Record<string, FeeSettings>>;
  /** Statuses of orders and trades with their long prefix, `TRADE_STATUS_MATCHED` (venue §2.6). */
  readonly statusPrefix: boolean;
  /** What an order is called that the answer does not show as filled, and that fills later. */
  readonly lateFillStatus: 'live' | 'delayed';
  /** Does a look-up by id still find an order that works no more? In one report it did not (venue §2.4). */
  readonly finishedOrders: boolean;
  /** Entries per page of orders and trades. */
  readonly pageSize: number;
  readonly closedOnly: boolean;
  /** What the geoblock page says of whoever asks. */
  readonly geoblocked: boolean;
};

export const DEFAULT_VENUE_SETTINGS: VenueSettings = {
  feeRounding: 'round',
  feePer: 'level',
  feesByMarket: {},
  statusPrefix: false,
  lateFillStatus: 'live',
  finishedOrders: false,
  pageSize: 100,
  closedOnly: false,
  geoblocked: false,
};
