import type { Mode } from '#lib/domain/position/position.ts';

export const OPERATOR_ACTIONS = ['halt', 'resume', 'tighten-limits', 'reset-limits'] as const;

/** What an operator, or a program in their name, changed about what a mode may open. In JSON types. */
export type OperatorAction = {
  readonly actionId: string;
  readonly action: (typeof OPERATOR_ACTIONS)[number];
  readonly mode: Mode;
  readonly atMs: number;
  readonly by: string | null;
  readonly reason: string | null;
  /** The lowered limits by name, dollars in millionths. Null for other actions. */
  readonly limits: Readonly<Record<string, string>> | null;
};
