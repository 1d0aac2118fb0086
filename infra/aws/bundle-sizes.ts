import type { SdkMode } from '#infra/shared/bundling.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';

/** Kilobytes of 1,000 bytes. What a function has to parse before its first event is what a cold exit is late by. */
const LIMITS_KB = {
  bundled: { trading: 650, other: 500 },
  runtime: { trading: 250, other: 150 },
} as const satisfies Record<SdkMode, { readonly trading: number; readonly other: number }>;

/** They sign and post orders, and carry what that takes. */
const TRADING: ReadonlySet<FunctionName> = new Set(['open', 'sell']);

export function bundleBytesMax(name: FunctionName, sdk: SdkMode): number {
  const limits = LIMITS_KB[sdk];
  return (TRADING.has(name) ? limits.trading : limits.other) * 1_000;
}
