import { decodeNoticeMessage } from '#lib/contracts/notice-message.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/exit-policy.ts';
import { DEFAULT_OPENING_POLICY } from '#lib/domain/plan-opening.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/risk-limits.ts';
import type { OpeningSettings } from '#lib/lifecycle/buy/open-position.ts';
import type { SimMessage } from './sim-queue.ts';
import type { SimStreamRecord } from './sim-stream.ts';
import type { World } from './world.ts';

/** Production values throughout. */
export const SIM_SETTINGS: OpeningSettings = {
  wallets: { paper: 'paper-sim', live: `0x${'1f'.repeat(20)}` },
  exitPolicy: DEFAULT_EXIT_POLICY,
  openingPolicy: DEFAULT_OPENING_POLICY,
  limits: DEFAULT_RISK_LIMITS,
};

/** When the table is away in this life, if it is. */
export function drawOutage(
  { dice }: Pick<World, 'dice'>,
  startsAtMs: number,
  endsAtMs: number,
): { readonly fromMs: number; readonly untilMs: number } | null {
  if (!dice.roll('store-outage')) return null;
  const fault = dice.find('store-outage');
  const fromMs = endsAtMs + (fault?.fromMs ?? dice.between('store-outage', startsAtMs - endsAtMs, 0));
  if (fault?.untilMs !== undefined) return { fromMs, untilMs: endsAtMs + fault.untilMs };
  return { fromMs, untilMs: fromMs + 1_000 * dice.between('store-outage', 5, 60) };
}

/** Keys of the notices that were set aside, where an alarm tells of them. */
export function buriedKeysOf(
  messages: readonly SimMessage[],
  records: readonly SimStreamRecord[],
): ReadonlySet<string> {
  const keys = new Set(messages.map(({ body, messageId }) => decodeNoticeMessage(body, messageId).noticeKey));
  for (const { change } of records) {
    if (change !== 'poison' && change.kind === 'alert') {
      keys.add(`position-alert#${change.alert.positionId}#${change.alert.version}`);
    }
  }
  return keys;
}
