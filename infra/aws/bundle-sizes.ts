import { readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import { BUNDLE_FILE, type SdkMode } from './constructs/bundling.ts';

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

/**
 * Size of a built bundle without its source maps: all of its files together, those of live trading among them. A paper function
 * parses a third less, and it is the live one that must not be late.
 */
export function bundleBytes(folder: string): number {
  const files = readdirSync(folder).filter((file) => extname(file) === extname(BUNDLE_FILE));
  return files.reduce((bytes, file) => bytes + statSync(join(folder, file)).size, 0);
}
