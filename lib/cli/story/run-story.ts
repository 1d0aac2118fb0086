import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Suite } from '#lib/cli/find-suite.ts';
import type { LocalStack } from '#lib/cli/local-stack.ts';
import { renderDiscordMessage } from '#lib/cli/render/embed-box.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { countdown, tMinus, utcTime } from '#lib/words/time-text.ts';
import { renderLiveTable } from './live-table.ts';
import { narrate, narrateStep } from './narrate-step.ts';
import { openMarkets } from './open-markets.ts';
import type { StoryScreen } from './story-screen.ts';
import type { StorySettings } from './story-settings.ts';
import { type StorySummary, summarise } from './story-summary.ts';
import { createPositionTracker, hasEnded, type PositionTracker, type TrackedPosition } from './tracked-position.ts';

export type StoryDeps = {
  readonly terminal: Terminal;
  readonly screen: StoryScreen;
  readonly stack: LocalStack;
  readonly suite: Suite;
  readonly settings: StorySettings;
  /** When the stack began to start: what is older belongs to an earlier run. */
  readonly startedAtMs: number;
  /** Ends the story early. */
  readonly signal: AbortSignal;
};

export type Story = { readonly summary: StorySummary; readonly tracked: readonly TrackedPosition[] };

const POLL_MS = 200;
/** Law 1: within 90 s of the market's end nothing is unmanaged; a little more and the story says that something is. */
const GIVE_UP_AFTER_END_MS = 100_000;
/** The last messages take the way over stream, bus, topic and queue. */
const LAST_MESSAGE_WAIT_MS = 6_000;

/** Opens the positions of that night on this machine and tells what becomes of them, until each has its end. */
export async function runStory(
  deps: StoryDeps,
  options: { readonly marketCount: number; readonly isRecorded: boolean },
): Promise<Story> {
  const { stack, screen, terminal, startedAtMs } = deps;
  const tracker = createPositionTracker(deps.suite.store);
  const told: DiscordLog = { count: 0, footers: new Set() };
  const stopListening = stack.onDiscordMessage((message) => {
    told.count += 1;
    for (const embed of message.embeds ?? []) told.footers.add(embed.footer?.text ?? '');
    screen.say(
      `${terminal.paint('quiet', `Discord, ${utcTime(message.receivedAtMs, terminal.nowMs())}`)}\n${renderDiscordMessage(message, terminal.paint)}\n`,
    );
  });
  await pickUpLeftovers(deps, tracker);
  await openPositions(deps, tracker, options);
  await followToTheEnd(deps, tracker);
  await waitForLastMessages(deps, tracker, told);
  // Interrupted, the summary is the last word; otherwise the channel stays open for `--keep-running`.
  if (deps.signal.aborted) stopListening();
  screen.end();
  const tracked = tracker.list();
  const facts = {
    marketCount: options.marketCount,
    discordMessageCount: told.count,
    durationMs: terminal.nowMs() - startedAtMs,
  };
  return { summary: summarise(tracked, facts), tracked };
}

/** What an earlier run, which was killed, left open goes on by itself; here it is only shown, and counted. */
async function pickUpLeftovers({ suite, screen, startedAtMs }: StoryDeps, tracker: PositionTracker): Promise<void> {
  const isLeftover = (position: Position): boolean =>
    isClosed(position) ? position.closedAtMs >= startedAtMs : position.state !== 'awaiting-resolution';
  const positions = await suite.store.list();
  const leftovers = positions.filter(isLeftover).reverse();
  for (const position of leftovers) {
    const { label } = tracker.follow(position, { isPickedUp: true, fromMs: startedAtMs });
    const opened = `opened at ${utcTime(position.openedAtMs, startedAtMs)}`;
    screen.say(
      narrate(`Picked up from an earlier run: ${label}, ${position.state}, ${opened}, ${whenItEnds(position)}.`),
    );
  }
  const waitingCount = positions.filter(({ state }) => state === 'awaiting-resolution').length;
  if (waitingCount > 0) {
    screen.say(
      narrate(`From earlier runs ${waitingCount} could not be sold and wait for settlement (\`tminus positions\`).`),
    );
  }
}

function whenItEnds({ marketEndsAtMs, exitDueAtMs }: Position): string {
  const nowMs = Date.now();
  if (nowMs < exitDueAtMs) return `exit in ${countdown(exitDueAtMs - nowMs)}`;
  return nowMs < marketEndsAtMs ? `the exit is overdue, it is ${tMinus(marketEndsAtMs, nowMs)}` : 'the market is over';
}

async function openPositions(
  deps: StoryDeps,
  tracker: PositionTracker,
  options: { readonly marketCount: number; readonly isRecorded: boolean },
): Promise<void> {
  const { terminal, screen, settings, suite, stack } = deps;
  const nowMs = terminal.nowMs();
  // A whole second, as real windows have.
  const endsAtMs = Math.ceil((nowMs + settings.timeToExitMs + settings.exitLeadMs) / 1_000) * 1_000;
  const lead = countdown(settings.exitLeadMs);
  screen.say(
    narrate(
      `${options.marketCount} ${options.isRecorded ? 'recorded' : 'five-minute'} markets end at ${utcTime(endsAtMs, nowMs)} (T). ` +
        `$25 go into each. Whatever happens, every position is forced out at T−${lead}, ${utcTime(endsAtMs - settings.exitLeadMs, nowMs)}.`,
    ),
  );
  screen.say('');
  const openedIds = await openMarkets(
    {
      suite,
      stack,
      isRecorded: options.isRecorded,
      endsAtMs,
      runId: `story-${randomUUID()}`,
      nowMs: terminal.nowMs,
      say: (text) => screen.say(narrate(text)),
    },
    options.marketCount,
  );
  for (const positionId of openedIds) {
    const position = await suite.store.find(positionId);
    if (position !== undefined) tracker.follow(position, { isPickedUp: false, fromMs: 0 });
  }
}

/** Follows every position to its end, and says once what the first refusal means. */
async function followToTheEnd({ terminal, screen, signal }: StoryDeps, tracker: PositionTracker): Promise<void> {
  const { paint, nowMs } = terminal;
  const explain = once((text: string) => screen.say(narrate(text)));
  const explainWait = once((text: string) => screen.say(narrate(text)));
  for (;;) {
    await tracker.refresh((tracked, step) => {
      const line = narrateStep(tracked, step, paint);
      if (line === null) return;
      screen.say(line);
      if (step.entry.event.type === 'order-refused' && step.after?.state === 'exiting') explain(REFUSAL_EXPLAINED);
    });
    const tracked = tracker.list();
    screen.show(renderLiveTable(tracked, nowMs(), paint));
    const open = tracked.filter(({ position }) => !hasEnded(position));
    const isQuiet = open.length > 0 && open.every(({ position }) => position.state === 'holding');
    if (isQuiet) explainWait(WAIT_EXPLAINED);
    const lastEndMs = Math.max(...open.map(({ position }) => position.marketEndsAtMs));
    if (open.length === 0 || signal.aborted || nowMs() > lastEndMs + GIVE_UP_AFTER_END_MS) return;
    await delay(POLL_MS);
  }
}

const WAIT_EXPLAINED =
  '\nNow nothing of ours has to stay awake: a timer and a delayed queue message, both set before the buy, wait for the exit.\n';
const REFUSAL_EXPLAINED =
  '\nThis is the refusal of that night. Then nobody tried again; here the row says what comes next and the queue brings it.\n';

/** Says something the first time only. */
function once(say: (text: string) => void): (text: string) => void {
  let isSaid = false;
  return (text) => {
    if (!isSaid) say(text);
    isSaid = true;
  };
}

type DiscordLog = { count: number; readonly footers: Set<string> };

/** Every ended position is told of once; the story waits for that, but not for ever. */
async function waitForLastMessages({ terminal, signal }: StoryDeps, tracker: PositionTracker, told: DiscordLog) {
  const untilMs = terminal.nowMs() + LAST_MESSAGE_WAIT_MS;
  const isTold = ({ position }: TrackedPosition): boolean =>
    !hasEnded(position) || told.footers.has(`${position.positionId} · v${position.version}`);
  while (!tracker.list().every(isTold) && !signal.aborted && terminal.nowMs() < untilMs) await delay(POLL_MS);
}
