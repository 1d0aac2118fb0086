import { stripVTControlCharacters, styleText } from 'node:util';
import type { Env } from '#lib/runtime/parse-env.ts';
import type { Tone } from '#lib/words/tone.ts';

/** The default width of a terminal. All output for people fits it. */
export const TERMINAL_WIDTH = 80;

/** A text in the colour of its tone. */
export type Paint = (tone: Tone, text: string) => string;

/** What a command writes to and reads from its surroundings. */
export type Terminal = {
  /** Writes a line, or several, to standard output. */
  out(text: string): void;
  /** Writes a line to standard error. */
  err(text: string): void;
  readonly paint: Paint;
  /** Standard output when it is a terminal, where text may be overwritten; null otherwise. */
  readonly screen: NodeJS.WriteStream | null;
  /**
   * Asks the person at the terminal. Empty when the prompt ends without an answer, as by the signal. Null where input
   * or output is a file or a pipe.
   */
  readonly ask: ((question: string, signal?: AbortSignal) => Promise<string>) | null;
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
  const { stdin, stdout, stderr } = process;
  const errorPaint = createPaint(stderr);
  stdout.on('error', ignoreClosedPipe);
  stderr.on('error', ignoreClosedPipe);
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${errorPaint('bad', text)}\n`),
    paint: createPaint(stdout),
    screen: stdout.isTTY ? stdout : null,
    ask: stdin.isTTY && stdout.isTTY ? askPerson : null,
    env: process.env,
    nowMs: Date.now,
  };
}

async function askPerson(question: string, signal?: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  // Node leaves the question of a closed prompt without an answer for ever.
  const closed = new Promise<string>((resolve) => void prompt.once('close', () => resolve('')));
  // A prompt takes Ctrl-C as a key: the command gets it as the signal that it would have been.
  prompt.once('SIGINT', () => {
    prompt.close();
    process.kill(process.pid, 'SIGINT');
  });
  try {
    const answered = prompt.question(question, signal === undefined ? {} : { signal }).catch(() => '');
    return await Promise.race([answered, closed]);
  } finally {
    prompt.close();
  }
}

/** A reader that closes the pipe (`| head`) must not end a process that has positions to exit. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** Foreign text made safe to show: one line without escape sequences, or signs that turn the text around. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
}
