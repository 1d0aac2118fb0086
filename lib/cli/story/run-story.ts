import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalAws } from '#infra/local/start-local-aws.ts';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { renderDiscordMessage } from '#lib/cli/render/embed-box.ts';
import { hasEnded } from '#lib/cli/render/unfinished.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import type { Suite } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { countdown, tMinus, utcTime } from '#lib/words/time-text.ts';
import { buyByBot } from './buy-by-bot.ts';
import { renderLiveTable } from './live-table.ts';
import { narrateStep } from './narrate-step.ts';
import { openMarkets } from './open-markets.ts';
import type { Scenario } from './scenarios.ts';
import type { StoryScreen } from './story-screen.ts';
import type { StorySettings } from './story-settings.ts';
import { type StorySummary, summarise } from './story-summary.ts';
import { createPositionTracker, type PositionTracker, type TrackedPosition } from './tracked-position.ts';

export type StoryDeps = {
  readonly terminal: Terminal;
  readonly screen: StoryScreen;
  readonly stack: Pick<LocalAws, 'env' | 'onDiscordMessage'>;
  /** Null where the stack trades at a venue elsewhere: then nothing can be opened by the story. */
  readonly venue: LocalVenue | null;
  readonly suite: Suite;
  readonly settings: StorySettings;
  /** When this start began, Unix milliseconds: what is older belongs to an earlier run. */
  readonly startedAtMs: number;
  /** Ends the story early. */
  readonly signal: AbortSignal;
};

export type Story = { readonly summary: StorySummary; readonly tracked: readonly TrackedPosition[] };

const POLL_MS = 200;
/** Law 1 allows 90 s after the market's end. After 100 s the story ends and reports the position as unmanaged. */
const GIVE_UP_AFTER_END_MS = 100_000;
/** Law 11 allows five minutes for the settlement, once the market has its result. */
const GIVE_UP_SETTLING_MS = 320_000;
/** For the last messages on their way through stream, bus, topic and queue. */
const LAST_MESSAGE_WAIT_MS = 6_000;

export type StoryOptions = {
  readonly marketCount: number;
  readonly isRecorded: boolean;
  readonly scenario: Scenario;
};

/**
 * Opens positions on this machine and shows each step until every one has ended. What an earlier run left open is shown
 * too.
 */
export async function runStory(deps: StoryDeps, options: StoryOptions): Promise<Story> {
  const { stack, screen, terminal, startedAtMs } = deps;
  const tracker = createPositionTracker(deps.suite.store);
  const messages: DiscordLog = { count: 0, footers: new Set() };
  const stopListening = stack.onDiscordMessage((message) => {
    messages.count += 1;
    for (const embed of message.embeds ?? []) messages.footers.add(embed.footer?.text ?? '');
    const title = terminal.paint('quiet', `Discord, ${utcTime(message.receivedAtMs, terminal.nowMs())}`);
    screen.say(`${title}\n${renderDiscordMessage(message, terminal.paint)}\n`);
  });
  await pickUpLeftovers(deps, tracker);
  if (deps.venue !== null && options.marketCount > 0) await openPositions(deps, deps.venue, tracker, options);
  await followToTheEnd(deps, tracker, options.scenario);
  await waitForLastMessages(deps, tracker, messages);
  // After Ctrl-C the summary comes last. Otherwise the messages go on, for `--keep-running`.
  if (deps.signal.aborted) stopListening();
  screen.end();
  const tracked = tracker.list();
  const facts = {
    marketCount: options.marketCount,
    discordMessageCount: messages.count,
    durationMs: terminal.nowMs() - startedAtMs,
  };
  return { summary: summarise(tracked, facts), tracked };
}

/** What an earlier, killed run left open continues by itself: here it is shown and counted. */
async function pickUpLeftovers({ suite, screen, startedAtMs }: StoryDeps, tracker: PositionTracker): Promise<void> {
  const isLeftover = (position: Position): boolean =>
    isClosed(position) ? position.closedAtMs >= startedAtMs : position.state !== 'awaiting-resolution';
  const positions = await suite.store.list();
  const leftovers = positions.filter(isLeftover).reverse();
  for (const position of leftovers) {
    const { label } = tracker.follow(position, { isPickedUp: true, fromMs: startedAtMs });
    const opened = `opened at ${utcTime(position.openedAtMs, startedAtMs)}`;
    screen.say(
      narrate(`Left open by an earlier run: ${label}, ${position.state}, ${opened}, ${whenItEnds(position)}.`),
    );
  }
  const waitingCount = positions.filter(({ state }) => state === 'awaiting-resolution').length;
  if (waitingCount > 0) {
    const those =
      waitingCount === 1 ? '1 position of an earlier run awaits' : `${waitingCount} positions of earlier runs await`;
    screen.say(narrate(`${those} the market's result, and is settled while this runs (\`tminus positions\`).`));
  }
}

function whenItEnds({ marketEndsAtMs, exitDueAtMs }: Position): string {
  const nowMs = Date.now();
  if (nowMs < exitDueAtMs) return `exit in ${countdown(exitDueAtMs - nowMs)}`;
  return nowMs < marketEndsAtMs ? `exit overdue, at ${tMinus(marketEndsAtMs, nowMs)}` : 'the market has ended';
}

async function openPositions(
  deps: StoryDeps,
  venue: LocalVenue,
  tracker: PositionTracker,
  options: StoryOptions,
): Promise<void> {
  const { terminal, screen, settings, suite, stack } = deps;
  const nowMs = terminal.nowMs();
  // A whole second, as real windows have.
  const endsAtMs = Math.ceil((nowMs + settings.timeToExitMs + settings.exitLeadMs) / 1_000) * 1_000;
  const exitAtMs = endsAtMs - settings.exitLeadMs;
  const count = options.marketCount;
  const { scenario, isRecorded } = options;
  const markets = `${count} ${isRecorded ? 'recorded' : 'five-minute'} ${count === 1 ? 'market ends' : 'markets end'}`;
  screen.say(
    narrate(
      `${markets} at ${utcTime(endsAtMs, nowMs)} (T), and $25 go into each. Every position is forced out at ` +
        `T−${countdown(settings.exitLeadMs)}, ${utcTime(exitAtMs, nowMs)}.`,
    ),
  );
  screen.say('');
  const openDeps = {
    ...{ suite, isRecorded, scenario, endsAtMs, exitAtMs },
    stack: { env: stack.env, venue },
    runId: `story-${randomUUID()}`,
    nowMs: terminal.nowMs,
    say: (text: string) => screen.say(narrate(text)),
  };
  const open = scenario.buyer === 'bot' ? buyByBot : openMarkets;
  const openedIds = await open({ ...openDeps, signal: deps.signal }, count);
  for (const positionId of openedIds) {
    const position = await suite.store.find(positionId);
    if (position !== undefined) tracker.follow(position, { isPickedUp: false, fromMs: 0 });
  }
}

/** Follows every position to its end. The first wait and the first refusal are explained once. */
async function followToTheEnd(
  { terminal, screen, signal }: StoryDeps,
  tracker: PositionTracker,
  { explanation, waiting }: Scenario,
): Promise<void> {
  const { paint, nowMs } = terminal;
  const explainRefusal = once(() => screen.say(narrate(explanation?.text ?? '')));
  const explainResult = once(() => screen.say(narrate(RESULT_EXPLAINED)));
  const explainWait = once(() => screen.say(narrate(waiting)));
  for (;;) {
    await tracker.refresh((tracked, step) => {
      const line = narrateStep(tracked, step, paint);
      if (line === null) return;
      screen.say(line);
      if (explanation !== null && isSetback(step.entry.event, explanation.cause) && step.after?.state === 'exiting')
        explainRefusal();
      if (step.after?.state === 'awaiting-resolution') explainResult();
    });
    const tracked = tracker.list();
    screen.show(renderLiveTable(tracked, nowMs(), paint));
    const open = tracked.filter(({ position }) => !isClosed(position));
    const isQuiet = open.length > 0 && open.every(({ position }) => position.state === 'holding');
    if (isQuiet) explainWait();
    const giveUpAtMs = Math.max(...open.map(({ position }) => giveUpAtMsOf(position)));
    if (open.length === 0 || signal.aborted || nowMs() > giveUpAtMs) return;
    await delay(POLL_MS);
  }
}

const RESULT_EXPLAINED =
  "\nThe end is written although shares are left. The result follows within about a minute of the market's end, and what the shares pay is collected.\n";

function giveUpAtMsOf(position: Position): number {
  return position.marketEndsAtMs + (hasEnded(position) ? GIVE_UP_SETTLING_MS : GIVE_UP_AFTER_END_MS);
}

type StoredEvent = TrackedPosition['steps'][number]['entry']['event'];

function isSetback(event: StoredEvent, cause: string): boolean {
  if (event.type === 'order-refused') return event.cause === cause;
  return event.type === 'order-not-sent' && event.code === cause;
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

type DiscordLog = { count: number; readonly footers: Set<string> };

/** Every ended position has one last message; the wait for it is bounded. */
async function waitForLastMessages({ terminal, signal }: StoryDeps, tracker: PositionTracker, messages: DiscordLog) {
  const untilMs = terminal.nowMs() + LAST_MESSAGE_WAIT_MS;
  const isReported = ({ position }: TrackedPosition): boolean =>
    !hasEnded(position) || messages.footers.has(`${position.positionId} · v${position.version}`);
  while (!tracker.list().every(isReported) && !signal.aborted && terminal.nowMs() < untilMs) await delay(POLL_MS);
}
