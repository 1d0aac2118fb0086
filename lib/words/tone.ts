/** How a text is to be taken; a terminal and a page give each tone its colour. */
export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'quiet' | 'strong';

/** Finished well, still waiting, gone wrong, without effect, or under way. */
export function toneOfState(state: string): Tone {
  switch (state) {
    case 'exited':
    case 'redeemed':
      return 'good';
    case 'exiting':
    case 'awaiting-resolution':
      return 'warn';
    case 'stranded':
    case 'worthless':
      return 'bad';
    case 'voided':
      return 'quiet';
    default:
      return 'strong';
  }
}

/** Of a check of `tminus doctor`. */
export const CHECK_TONES = { ok: 'good', warning: 'warn', red: 'bad' } as const satisfies Record<string, Tone>;

/** Green for a gain, red for a loss. */
export function toneOfPnl(micros: bigint | null): Tone {
  if (micros === null || micros === 0n) return 'plain';
  return micros > 0n ? 'good' : 'bad';
}
