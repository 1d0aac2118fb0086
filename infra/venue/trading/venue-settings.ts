import type { VenueSettings } from '#infra/shared/local-venue.ts';

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
