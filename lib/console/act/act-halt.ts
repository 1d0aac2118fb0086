import { MODES, type Mode } from '#lib/domain/position/position.ts';
import type { Halt } from '#lib/domain/position/risk-limits.ts';
import type { Acting } from '#lib/domain/position/tightened-limits.ts';
import { restrictEach } from '#lib/lifecycle/restrict-each.ts';
import { listHalts } from '#lib/lifecycle/watch/publish-summary.ts';
import { haltLines } from '#lib/words/halt-lines.ts';
import { type ActionDeps, done, refused } from './action-deps.ts';
import type { ActionAnswer } from './action-message.ts';
import type { HaltAsked } from './parse-action.ts';
import type { PlannedAction } from './pending-actions.ts';

type Standing = { readonly mode: Mode; readonly halt: Halt };

/** Stops the openings of one mode or of both. It needs no typed yes in live: it only restricts, and has to be quick. */
export async function planHalt(deps: ActionDeps, { mode, reason }: HaltAsked): Promise<PlannedAction> {
  const modes = modesOf(mode);
  const acting = await deps.acting(reason === undefined || reason === '' ? null : reason);
  const standing = await readHalts(deps, modes);
  /** Of the first run: repeating it writes the same halt. */
  let written: Acting | null = null;
  return {
    preview: {
      ...{ kind: 'halt', isLive: isLive(deps, modes), isYesNeeded: false },
      question: `Halt the openings (${modes.join(' and ')})?`,
      deed: 'Halt openings',
      facts: [
        { name: 'Suite', text: deps.current().about.place },
        { name: 'By', text: acting.by ?? 'unknown' },
        { name: 'Reason', text: acting.reason ?? 'none given' },
      ],
      notes: [
        'Nothing is opened any more, by anyone. What is open is managed, and exits go on.',
        ...haltLines(standing).map((line) => `${line} This takes its place.`),
      ],
    },
    run: () => {
      written ??= { ...acting, atMs: deps.clock.nowMs() };
      return halt(deps, modes, written);
    },
  };
}

/** Allows openings again: those halts that were looked at, and no later one. */
export async function planResume(deps: ActionDeps, { mode }: Pick<HaltAsked, 'mode'>): Promise<PlannedAction | string> {
  const modes = modesOf(mode);
  const [acting, standing] = await Promise.all([deps.acting(null), readHalts(deps, modes)]);
  if (standing.length === 0) return `Openings are not halted (${modes.join(' and ')}).`;
  const halted = standing.map((each) => each.mode);
  const isOfLive = isLive(deps, halted);
  return {
    preview: {
      ...{ kind: 'resume', isLive: isOfLive, isYesNeeded: isOfLive },
      question: `Allow openings again (${halted.join(' and ')})?`,
      deed: 'Allow openings',
      facts: [
        { name: 'Suite', text: deps.current().about.place },
        { name: 'By', text: acting.by ?? 'unknown' },
      ],
      notes: haltLines(standing),
    },
    run: () => resume(deps, standing, { ...acting, atMs: deps.clock.nowMs() }),
  };
}

const modesOf = (mode: Mode | undefined): readonly Mode[] => (mode === undefined ? MODES : [mode]);

function isLive({ current }: ActionDeps, modes: readonly Mode[]): boolean {
  return current().about.isLive && modes.includes('live');
}

function readHalts({ current, clock }: ActionDeps, modes: readonly Mode[]): Promise<readonly Standing[]> {
  return listHalts({ store: current().suite.store, clock }, modes);
}

async function halt({ current }: ActionDeps, modes: readonly Mode[], acting: Acting): Promise<ActionAnswer> {
  const { store } = current().suite;
  const { atMs: sinceMs, by, reason } = acting;
  const written = { sinceMs, by, reason };
  await restrictEach(modes, (mode) => store.setHalt(mode, written));
  return done(haltLines(modes.map((mode) => ({ mode, halt: written }))).join(' '), { details: ['Exits go on.'] });
}

async function resume(deps: ActionDeps, seen: readonly Standing[], acting: Acting): Promise<ActionAnswer> {
  const modes = seen.map(({ mode }) => mode);
  const standing = await readHalts(deps, modes);
  const isNew = ({ mode, halt: found }: Standing): boolean =>
    !seen.some((each) => each.mode === mode && isSame(each.halt, found));
  const later = standing.filter(isNew);
  if (later.length > 0) {
    return refused(`Halted again since you looked; nothing was changed. ${haltLines(later).join(' ')}`);
  }
  for (const { mode } of standing) await deps.current().suite.store.setHalt(mode, null, acting);
  return done(`Openings are allowed again (${modes.join(' and ')}).`);
}

function isSame(one: Halt, other: Halt): boolean {
  return one.sinceMs === other.sinceMs && one.by === other.by && one.reason === other.reason;
}
