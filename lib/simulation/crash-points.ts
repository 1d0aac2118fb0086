/** Every port method that a function uses. A function can die right before and right after each. */
export const CRASH_SITES = [
  'store.create',
  'store.save',
  'store.find',
  'store.findIdByRequest',
  'store.listDue',
  'store.countOpen',
  'store.listAttempts',
  'queue.send',
  'timer.schedule',
  'exchange.prepareOrder',
  'exchange.postOrder',
  'exchange.listOrders',
  'exchange.getBalance',
  'exchange.refreshBalance',
  'exchange.listRestingOrders',
  'exchange.cancelRestingOrders',
  'wallet.getHoldings',
  'wallet.approveShares',
  'settlement.readCondition',
  'settlement.listPayouts',
  'settlement.prepareRedemption',
  'settlement.sendRedemption',
  'settlement.findRedemption',
  'settlement.findWinner',
  'settlement.loadRow',
  'settlement.saveRow',
  'paperLedger.read',
  'paperLedger.record',
  'marketData.findMarket',
  'marketData.findBook',
  'referencePrice.findPriceMicros',
  'clock.sleepUntil',
  'bus.publish',
  'noticeLedger.claim',
  'noticeLedger.markSent',
  'noticeLedger.release',
  'notifier.notify',
  'store.findIdByMarket',
  'store.listClosed',
  'store.getAccount',
  'readings.readShares',
  'readings.findCost',
  'readings.listTransfers',
] as const;
export type CrashSite = (typeof CRASH_SITES)[number];
export type CrashPoint = `${CrashSite}:${'before' | 'after'}`;

/** The two crash points of a site. */
export function pointsOf(site: CrashSite): { readonly before: CrashPoint; readonly after: CrashPoint } {
  return { before: `${site}:before`, after: `${site}:after` };
}

const GUARD_SITE = /^(readings\.|store\.(findIdByMarket|getAccount|listClosed):)/;

export const CRASH_POINTS: readonly CrashPoint[] = CRASH_SITES.flatMap((site) => Object.values(pointsOf(site)));

/** Reached by guarded positions alone. */
export const GUARD_POINTS = CRASH_POINTS.filter((point) => GUARD_SITE.test(point));

const KNOWN: ReadonlySet<string> = new Set(CRASH_POINTS);

export function isCrashPoint(text: string): text is CrashPoint {
  return KNOWN.has(text);
}
