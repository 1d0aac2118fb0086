import { plainPaint, type Terminal } from '#lib/cli/terminal.ts';
import type { Env } from '#lib/runtime/parse-env.ts';

export type FakeTerminal = Terminal & {
  readonly outLines: readonly string[];
  readonly errLines: readonly string[];
};

export type FakeTerminalOptions = {
  readonly env?: Env;
  readonly nowMs?: number;
  /** What the person at the terminal answers. Without it nobody is there. */
  readonly answer?: string;
};

/** A terminal that keeps its output. */
export function createFakeTerminal(options: FakeTerminalOptions = {}): FakeTerminal {
  const { answer } = options;
  const outLines: string[] = [];
  const errLines: string[] = [];
  return {
    out: (text) => void outLines.push(text),
    err: (text) => void errLines.push(text),
    paint: plainPaint,
    screen: null,
    ask:
      answer === undefined
        ? null
        : async (question) => {
            outLines.push(question);
            return answer;
          },
    env: options.env ?? {},
    nowMs: () => options.nowMs ?? Date.now(),
    outLines,
    errLines,
  };
}
