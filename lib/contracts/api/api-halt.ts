import type { Halt } from '#lib/domain/position/risk-limits.ts';

/** What `by` begins with. Rows keep it. */
export const API_HALT_SIGN = 'API: ';

/**
 * Who halts through the API, as its row says it. A name that the caller gives itself stands beside the identity that
 * signed the call.
 */
export function apiHaltBy(name: string | undefined, caller: string | null): string {
  const who = name === undefined || name === '' ? caller : caller === null ? name : `${name} (${caller})`;
  return `${API_HALT_SIGN}${who ?? 'by invoke'}`;
}

/** All other halts are the operator's, also those of older releases. */
export function isOperatorHalt(halt: Halt | null): halt is Halt {
  return halt !== null && halt.by?.startsWith(API_HALT_SIGN) !== true;
}
