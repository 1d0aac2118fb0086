import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { dollars } from './money-text.ts';

const NAMES = {
  budgetMicrosMax: 'per position',
  dayLossMicrosMax: 'lost in a day',
  exposureMicrosMax: 'in open positions',
  openCountMax: 'open positions',
} as const satisfies Record<keyof RiskLimits, string>;

const isLimitName = (name: string): name is keyof RiskLimits => Object.hasOwn(NAMES, name);

/**
 * `$5.00 per position, 2 open positions`, from amounts or the texts of an event. Names of later releases stay as they
 * are.
 */
export function limitsText(limits: Readonly<Record<string, number | bigint | string>>): string {
  const parts = Object.entries(limits).map(([name, value]) => {
    if (!isLimitName(name)) return `${name} ${value}`;
    return `${name === 'openCountMax' ? String(value) : dollars(BigInt(value))} ${NAMES[name]}`;
  });
  return `at most ${parts.join(', ')}`;
}
