import { plainPaint, type Terminal } from '#lib/cli/terminal.ts';
import type { Env } from '#lib/runtime/parse-env.ts';

export type FakeTerminal = Terminal & {
  readonly outLines: readonly string[];
  readonly errLines: readonly string[];
};

/** A terminal that keeps its output. */
export function createFakeTerminal(options: { readonly env?: Env; readonly nowMs?: number } = {}): FakeTerminal {
  const outLines: string[] = [];
  const errLines: string[] = [];
  return {
    out: (text) => void outLines.push(text),
    err: (text) => void errLines.push(text),
    paint: plainPaint,
    screen: null,
    env: options.env ?? {},
    nowMs: () => options.nowMs ?? Date.now(),
    outLines,
    errLines,
  };
}
