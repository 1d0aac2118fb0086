import type { Asset, Span, Window } from '#lib/domain/market/up-down-markets.ts';
import type { OpenReply } from '#lib/suite-client/invoke-open.ts';
import { countdown, utcTime } from '#lib/words/time-text.ts';

export type WaitingDeps = {
  readonly asset: Asset;
  readonly length: Window;
  /** The window to open in. */
  readonly span: Span;
  /** Sends the request. It has the same id each time, so that it never opens twice. */
  ask(): Promise<OpenReply>;
  nowMs(): number;
  /** Sleeps until the time, or until the command is interrupted. */
  sleepUntil(atMs: number): Promise<void>;
  isInterrupted(): boolean;
  /** A line for people. */
  say(text: string): void;
  /** The time left, several times a minute; undefined where a line cannot be overwritten. */
  readonly showCountdown?: ((text: string) => void) | undefined;
};

/** Refusals that pass: the market is not listed yet, takes no orders yet, or has no book to buy from. */
const PASSING_CODES: readonly string[] = [
  'market-unknown',
  'market-closed',
  'market-not-ready',
  'book-too-thin',
  'book-stale',
  'book-implausible',
];

const ASK_AGAIN_MS = 2_000;
const COUNTDOWN_MS = 1_000;

/**
 * Waits for the start of a window, then asks until the venue takes orders in it and shows a book. Null when it was
 * interrupted before the request was sent; otherwise the last answer, which is a refusal when the window did not open.
 */
export async function openInNextWindow(deps: WaitingDeps): Promise<OpenReply | null> {
  const { asset, length, span, nowMs, say } = deps;
  const left = countdown(span.startsAtMs - nowMs());
  say(
    `Waiting for the next ${length} window of ${asset}: it begins at ${utcTime(span.startsAtMs, nowMs())}, in ${left}.`,
  );
  await waitForStart(deps);
  let reply: OpenReply | null = null;
  let lastReason: string | null = null;
  while (!deps.isInterrupted()) {
    reply = await deps.ask();
    const reason = passingReason(reply);
    if (reason === null || nowMs() + ASK_AGAIN_MS >= span.endsAtMs) return reply;
    if (reason !== lastReason) say(`${reason} Asking again every ${ASK_AGAIN_MS / 1_000} s.`);
    lastReason = reason;
    await deps.sleepUntil(nowMs() + ASK_AGAIN_MS);
  }
  return reply;
}

async function waitForStart({ span, nowMs, sleepUntil, isInterrupted, showCountdown }: WaitingDeps): Promise<void> {
  while (nowMs() < span.startsAtMs && !isInterrupted()) {
    showCountdown?.(countdown(span.startsAtMs - nowMs()));
    const nextMs = showCountdown === undefined ? span.startsAtMs : nowMs() + COUNTDOWN_MS;
    await sleepUntil(Math.min(nextMs, span.startsAtMs));
  }
}

/** Why to ask again; null for a final answer. A call that may have opened is repeated: the same id settles it. */
function passingReason(reply: OpenReply): string | null {
  if (reply.outcome === 'refused') return PASSING_CODES.includes(reply.code) ? reply.message : null;
  return reply.outcome === 'failed' && reply.mayHaveOpened ? reply.message : null;
}
