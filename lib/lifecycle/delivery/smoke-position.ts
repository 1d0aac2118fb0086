import { type Span, windowAt } from '#lib/domain/market/up-down-markets.ts';
import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import type { OpeningReply, SmokeOpening } from '#lib/ports/smoke-probes.ts';
import { failed, passed, pollFor, type SmokeFinding, type SmokeRun, skipped, waitUntil } from './smoke-step.ts';

/** Enough for the market's smallest position (five shares) at any price, fee included. */
const USD = 6;
export const SMOKE_BUDGET_MICROS = BigInt(USD) * 1_000_000n;
const WINDOW = '5m';
/** Less time to the exit is left to the next window: an opening may take seconds, and the timer has whole minutes. */
const TIME_TO_EXIT_MS_MIN = 75_000;
/** The rest of one window, and the next one's exit. */
const OPENING_MS_MAX = 480_000;
const ASK_AGAIN_MS = 2_000;
/** Refusals that pass: the market is not listed yet, takes no orders yet, or shows no book to buy from. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  'market-unknown',
  'market-closed',
  'market-not-ready',
  'market-occupied',
  'book-too-thin',
  'book-stale',
  'book-implausible',
]);

/** From the exit's due time to the first order, with a cold start: the limit of the alarm `OrdersLate`. */
const LATENESS_MS_MAX = 2_500;
/** After this the sweep has woken an overdue position. */
const EXIT_WAIT_MS = 90_000;
/** Law 1 of the laws: open at the latest so long after the end of its market. */
const END_WAIT_MS = 95_000;
const AFTERWARDS_MS_MAX = 180_000;

const SHOW = '`tminus show ID` has every step of it; then the log of `sell`, lines of level ERROR.';

/** Opens by the URL, then repeats the request by invoke: both must name one position. */
export async function openOnPaper(run: SmokeRun): Promise<SmokeFinding> {
  const { deps, traces } = run;
  const { openByUrl, openByInvoke } = deps;
  if (openByUrl === null)
    return failed('there is no function URL', 'Deploy the stage again: its output OpenFunctionUrl is missing.');
  const opened = await openSomewhere(run, openByUrl);
  if (!('position' in opened.reply)) return notOpened(opened.reply);
  const { positionId } = opened.reply.position;
  traces.positionId = positionId;
  const again = await openByInvoke(opened.body);
  if (!('position' in again) || again.outcome !== 'already-requested' || again.position.positionId !== positionId) {
    const saw =
      'position' in again ? `${again.outcome} ${again.position.positionId}` : `${again.code}: ${again.message}`;
    return failed(
      `the URL opened ${positionId}; the same request by invoke answered ${saw}`,
      'One request id must open one position: stop your strategy and go back to the release before.',
    );
  }
  const position = await deps.store.find(positionId);
  if (position === undefined || position.mode !== 'paper') {
    return failed(
      `${positionId} is not a paper position of this table`,
      'The URL belongs to another deployment: compare the outputs of the stack.',
    );
  }
  return passed(
    `${positionId} in ${position.marketSlug}, by signed URL; the same request by invoke gave the same position`,
  );
}

type Opening = { readonly body: SmokeOpening; readonly reply: OpeningReply };

/** Tries both sides of the running window, or of the next, until one can be bought. */
async function openSomewhere(
  { deps, command, traces }: SmokeRun,
  open: NonNullable<SmokeRun['deps']['openByUrl']>,
): Promise<Opening> {
  const untilMs = deps.clock.nowMs() + OPENING_MS_MAX;
  let voidedCount = 0;
  for (let tries = 0; ; tries += 1) {
    const span = await waitForWindow({ deps, command });
    const requestId = `${command.runId}-${voidedCount}`;
    const body: SmokeOpening = {
      ...{ requestId, asset: 'BTC', side: tries % 2 === 0 ? 'UP' : 'DOWN', usd: USD, window: WINDOW, mode: 'paper' },
      ...{ windowAt: span.startsAtMs, exitLeadSeconds: command.exitLeadMs / 1_000, preset: 'none' },
    };
    if (!traces.requestIds.includes(requestId)) traces.requestIds.push(requestId);
    let reply = await open(body);
    // The same id settles whether a call without an answer opened.
    if (reply.outcome === 'failed' && reply.mayHaveOpened) reply = await open(body);
    const isVoided = await isVoid(deps, reply);
    const mayPass = isVoided || (reply.outcome === 'refused' && PASSING_CODES.has(reply.code));
    if (!mayPass || deps.clock.nowMs() >= untilMs) return { body, reply };
    if (isVoided) voidedCount += 1;
    if (tries === 0) deps.say(`Nothing was bought${'message' in reply ? ` (${reply.message})` : ''}: asking again.`);
    await waitUntil(deps, deps.clock.nowMs() + ASK_AGAIN_MS);
  }
}

/** A buy that brought nothing closes its position, and uses up its request id. */
async function isVoid({ store }: SmokeRun['deps'], reply: OpeningReply): Promise<boolean> {
  return 'position' in reply && (await store.find(reply.position.positionId))?.state === 'voided';
}

/** The running window while its exit is far enough away, otherwise the next one, once it has begun. */
async function waitForWindow({ deps, command }: Pick<SmokeRun, 'deps' | 'command'>): Promise<Span> {
  const span = windowAt(WINDOW, deps.clock.nowMs());
  if (span.endsAtMs - command.exitLeadMs - deps.clock.nowMs() >= TIME_TO_EXIT_MS_MIN) return span;
  const next = windowAt(WINDOW, span.endsAtMs);
  deps.say(`Waiting for the next window, in ${secondsText(next.startsAtMs - deps.clock.nowMs())}.`);
  await waitUntil(deps, next.startsAtMs);
  return next;
}

function notOpened(reply: Exclude<OpeningReply, { readonly position: unknown }>): SmokeFinding {
  const found = `nothing was opened: ${reply.message}`;
  if (reply.outcome === 'refused') return failed(found, 'Mend what the refusal names, and repeat the smoke test.');
  return failed(
    found,
    'The log of `open`, lines of level ERROR; for a missing permission attach the policy of the output OpenCallerPolicyArn.',
  );
}

const secondsText = (durationMs: number): string => `${Math.max(Math.ceil(durationMs / 1_000), 0)} s`;
const timeText = (atMs: number): string => `${new Date(atMs).toISOString().slice(11, 19)} UTC`;

/** The first sell order and how late it left. */
export async function seeExit({ deps, traces: { positionId } }: SmokeRun): Promise<SmokeFinding> {
  if (positionId === null) return skipped('there is no position');
  const opened = await deps.store.find(positionId);
  if (opened === undefined) return failed(`${positionId} is not in the table any more`, SHOW);
  const { exitDueAtMs } = opened;
  const untilMs = exitDueAtMs + EXIT_WAIT_MS;
  deps.say(
    `Waiting for the exit at ${timeText(exitDueAtMs)}, in ${secondsText(exitDueAtMs - deps.clock.nowMs())} (until ${timeText(untilMs)} at most).`,
  );
  const postedAtMs = await pollFor(deps, untilMs, () => findFirstSale(deps, positionId));
  if (postedAtMs === undefined) {
    const state = (await deps.store.find(positionId))?.state ?? 'gone';
    return failed(
      `no sell order ${EXIT_WAIT_MS / 1_000} s after the exit was due (${state})`,
      `OPERATE.md, "Late timers and orders". ${SHOW}`,
    );
  }
  const latenessMs = postedAtMs - exitDueAtMs;
  const leadSeconds = Math.round((opened.marketEndsAtMs - exitDueAtMs) / 1_000);
  const found = `the first order left at T − ${leadSeconds} s, ${latenessMs} ms after it was due`;
  if (latenessMs >= 0 && latenessMs <= LATENESS_MS_MAX) return passed(found);
  const limits = `between 0 and ${LATENESS_MS_MAX} ms are expected`;
  return failed(`${found}; ${limits}`, `OPERATE.md, "Late timers and orders". ${SHOW}`);
}

/** When the first order to sell was posted, by the timeline. */
async function findFirstSale({ store }: SmokeRun['deps'], positionId: string): Promise<number | undefined> {
  const position = await store.find(positionId);
  if (position === undefined || position.firstExitAttemptAtMs === null) return undefined;
  const attempts = await store.listAttempts(positionId);
  const sells = new Set(attempts.filter(({ intent }) => intent.side === 'SELL').map(({ intent }) => intent.orderHash));
  const posted = (await store.listTimeline(positionId)).flatMap(({ event, evidence: { postedAtMs } }) =>
    'orderHash' in event && sells.has(event.orderHash) && typeof postedAtMs === 'number' ? [postedAtMs] : [],
  );
  return posted.length === 0 ? undefined : Math.min(...posted);
}

export async function seeEnd({ deps, traces: { positionId } }: SmokeRun): Promise<SmokeFinding> {
  if (positionId === null) return skipped('there is no position');
  const find = () => deps.store.find(positionId);
  const endsAtMs = (await find())?.marketEndsAtMs ?? deps.clock.nowMs();
  const closed = await pollFor(deps, endsAtMs + END_WAIT_MS, async () => {
    const position = await find();
    return position !== undefined && isClosed(position) ? position : undefined;
  });
  const state = (closed ?? (await find()))?.state ?? 'gone';
  return state === 'exited' ? passed(`exited, ${describeResult(closed)}`) : failed(`the position is ${state}`, SHOW);
}

function describeResult(position: Position | undefined): string {
  return position !== undefined && 'exitReason' in position ? `reason ${position.exitReason}` : 'sold';
}

/** The timer deletes itself after it has fired. */
export async function seeTimerGone({ deps, traces: { positionId } }: SmokeRun): Promise<SmokeFinding> {
  if (positionId === null) return skipped('there is no position');
  const gone = await pollFor(deps, deps.clock.nowMs() + AFTERWARDS_MS_MAX, async () =>
    (await deps.hasTimer(positionId)) ? undefined : true,
  );
  if (gone) return passed('EventBridge Scheduler has deleted it');
  return failed(
    'it still exists minutes after it was due',
    'A timer that never fired: look at the dead letters of the timers and at the timer group’s role (OPERATE.md, "Late timers and orders").',
  );
}

/** A position sold by the clock leaves an alert with its last version. */
export async function seeCard({ deps, traces: { positionId } }: SmokeRun): Promise<SmokeFinding> {
  const { ledger, store } = deps;
  if (ledger === null) return skipped('this deployment has no Discord');
  if (positionId === null) return skipped('there is no position');
  const position = await store.find(positionId);
  if (position === undefined || !isClosed(position)) return skipped('the position has not ended');
  const key = noticeKeyOf({ type: 'position-alert', positionId, version: position.version });
  const sent = await pollFor(
    deps,
    deps.clock.nowMs() + AFTERWARDS_MS_MAX,
    async () => (await ledger.isSent(key)) || undefined,
  );
  if (sent) return passed('the notice ledger has noted its delivery');
  return failed(
    'the notice ledger has no delivery of it',
    'OPERATE.md, "Discord not delivered": the webhook, then the log of `discord`.',
  );
}

/** Sells what is left of this run's own positions. Never touches another, and never one that is not on paper. */
export async function sellLeftovers({ deps, traces }: SmokeRun): Promise<readonly string[]> {
  const left: string[] = [];
  for (const requestId of traces.requestIds) {
    const positionId = await deps.store.findIdByRequest(requestId);
    const position = positionId === undefined ? undefined : await deps.store.find(positionId);
    if (position === undefined || isClosed(position) || position.state === 'awaiting-resolution') continue;
    if (position.mode !== 'paper' || position.requestId !== requestId) continue;
    await deps.requestExit(position.positionId);
    left.push(position.positionId);
  }
  return left;
}
