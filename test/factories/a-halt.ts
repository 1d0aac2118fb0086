import type { Halt } from '#lib/domain/position/risk-limits.ts';

export const HALT: Halt = { sinceMs: Date.UTC(2026, 2, 12, 8), by: 'alice', reason: 'the venue is in maintenance' };
