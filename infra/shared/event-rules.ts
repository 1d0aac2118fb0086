import { DETAIL_TYPES, EVENT_SOURCE } from '#lib/contracts/domain-event.ts';

/** An EventBridge event pattern: each field lists the values it may have, or is a pattern itself. */
export type EventPattern = { readonly [field: string]: EventPattern | readonly EventPatternValue[] };
export type EventPatternValue = string | number | boolean | null;

/** A rule of the event bus. Its target is the alert topic. */
export type TopicRule = { readonly name: string; readonly pattern: EventPattern };

/**
 * The events that reach Discord: every alert, the state changes that no alert reports, the daily summary, shares in
 * the wallet without a position, where wallet and table differ, and what operators changed. Alerts of the canary take
 * the same way; the discord function records that they arrived and does not post them.
 */
export const EVENT_RULES: readonly TopicRule[] = [
  {
    name: 'alerts-to-topic',
    pattern: { source: [EVENT_SOURCE], 'detail-type': [DETAIL_TYPES['position-alert']] },
  },
  {
    name: 'news-to-topic',
    pattern: {
      source: [EVENT_SOURCE],
      'detail-type': [DETAIL_TYPES['position-state-changed']],
      detail: { isNews: [true] },
    },
  },
  {
    name: 'summary-to-topic',
    pattern: { source: [EVENT_SOURCE], 'detail-type': [DETAIL_TYPES['daily-summary']] },
  },
  {
    name: 'holdings-to-topic',
    pattern: {
      source: [EVENT_SOURCE],
      'detail-type': [
        DETAIL_TYPES['foreign-holding'],
        DETAIL_TYPES['wallet-difference'],
        DETAIL_TYPES['operator-action'],
      ],
    },
  },
];

/** The alerts that page: for rules of your own, and of AWS's page topic (docs/events.md). */
export const PAGE_PATTERN: EventPattern = {
  source: [EVENT_SOURCE],
  'detail-type': [DETAIL_TYPES['position-alert']],
  detail: { alert: { severity: ['page'], position: { origin: ['request', 'guard', 'watch'] } } },
};
