/** Names the canary of one run of the rule: `slotMs` is the beginning of its period. The same id never opens two. */
export const canaryRequestId = (slotMs: number): string => `canary-${slotMs}`;

/** The beginning of the period that contains this moment. */
export const canarySlotMs = (atMs: number, periodMs: number): number => Math.floor(atMs / periodMs) * periodMs;
