import { stripVTControlCharacters, styleText } from 'node:util';
import type { Env } from '#lib/runtime/parse-env.ts';

/** As wide as a terminal is when nobody has changed it: whatever is written fits without breaking in the wrong place. */
export const TERMINAL_WIDTH = 80;

/** Words for what a text means; the terminal decides how that looks. */
export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'quiet' | 'strong';

export type Paint = (tone: Tone, text: string) => string;

/** Where a command writes to and what it knows of its surroundings. */
export type Terminal = {
  /** Writes a line, or several, to standard output. */
  out(text: string): void;
  /** Writes a line to standard error. */
  err(text: string): void;
  readonly paint: Paint;
  /** Given when somebody watches: a part of the screen may then be written over. */
  readonly screen: NodeJS.WriteStream | null;
  readonly env: Env;
  nowMs(): number;
};

const STYLES = {
  plain: [],
  good: ['green'],
  warn: ['yellow'],
  bad: ['red'],
  quiet: ['dim'],
  strong: ['bold'],
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** Colours only where the stream shows them: not in files or pipes, and not with NO_COLOR. */
export function createPaint(stream: NodeJS.WriteStream): Paint {
  return (tone, text) => (STYLES[tone].length === 0 ? text : styleText([...STYLES[tone]], text, { stream }));
}

export const plainPaint: Paint = (_tone, text) => text;

export function createTerminal(): Terminal {
  const { stdout, stderr } = process;
  const errorPaint = createPaint(stderr);
  stdout.on('error', ignoreClosedPipe);
  stderr.on('error', ignoreClosedPipe);
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${errorPaint('bad', text)}\n`),
    paint: createPaint(stdout),
    screen: stdout.isTTY ? stdout : null,
    env: process.env,
    nowMs: Date.now,
  };
}

/** Whoever reads has read enough (`| head`): no reason to end, least of all with positions to exit. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** What others wrote, made safe to show: no escape sequences, and one line. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/g, ' ').trim();
}
