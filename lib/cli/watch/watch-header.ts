import { wrapText } from '#lib/cli/render/wrap-text.ts';
import { printable } from '#lib/cli/terminal.ts';
import type { NowState } from '#lib/console/now/now-changes.ts';
import type { ChecksSection, NowRow, OpeningsSection } from '#lib/console/now/now-message.ts';
import { signedDollars } from '#lib/words/money-text.ts';
import { pagingChecks, sumByMode, usedTexts } from '#lib/words/now-words.ts';
import { clockText, countdown, utcTime } from '#lib/words/time-text.ts';
import { CHECK_TONES, type Tone, toneOfPnl } from '#lib/words/tone.ts';
import { type Line, part, raw } from './watch-line.ts';

/** Where the suite is, whether it answers, what is open and what is in order, in about five lines. */
export function headerLines({ sections }: NowState, open: readonly NowRow[], nowMs: number): readonly Line[] {
  const { about, link, openings, checks } = sections;
  const { isLive, place, commit } = about.value;
  const mode = isLive ? part('LIVE, REAL MONEY', 'bad') : part('PAPER', 'strong');
  const where = `  ${utcTime(nowMs, nowMs)}  ${printable(place)}${commit === null ? '' : ` (${printable(commit)})`}`;
  return [
    [mode, raw(where)],
    ...linkLines(link.value, nowMs),
    openLine(open, nowMs),
    ...resultLines(open),
    openingsLine(openings.value),
    checksLine(checks.value),
  ];
}

function linkLines(link: NowState['sections']['link']['value'], nowMs: number): readonly Line[] {
  if (link.state === 'ok') return [];
  if (link.state === 'connecting') return [[part('Reading the suite…', 'quiet')]];
  const { sinceMs, lastReadAtMs, reason } = link;
  const away = `AWAY since ${utcTime(sinceMs, nowMs)}, for ${clockText(nowMs - sinceMs)}: ${reason}`;
  const shown = lastReadAtMs === null ? '' : ` What follows was read at ${utcTime(lastReadAtMs, nowMs)}.`;
  return [[part(away, 'bad')], [part(`Looking for it again.${shown}`, 'warn')]];
}

function openLine(open: readonly NowRow[], nowMs: number): Line {
  const count = (of: string): number => open.filter(({ state }) => state === of).length;
  const [exiting, awaiting] = [count('exiting'), count('awaiting-resolution')];
  const next = open
    .filter(({ state }) => state === 'holding' || state === 'buying')
    .toSorted((a, b) => a.exitDueAtMs - b.exitDueAtMs)[0];
  const texts = [
    `Open: ${open.length}`,
    ...(exiting === 0 ? [] : [`${exiting} exiting`]),
    ...(awaiting === 0 ? [] : [`${awaiting} awaiting the result`]),
    ...(next === undefined ? [] : [`next exit in ${countdown(next.exitDueAtMs - nowMs)} (${printable(next.what)})`]),
  ];
  return [raw(texts.join(' · '))];
}

function resultLines(open: readonly NowRow[]): readonly Line[] {
  const held = open.filter(({ state }) => state !== 'awaiting-resolution');
  return sumByMode(held).flatMap(({ mode, sumMicros, missingCount }) => {
    if (sumMicros === null) return [];
    const result = raw(signedDollars(sumMicros), toneOfPnl(sumMicros));
    const rest = missingCount === 0 ? '' : `; ${missingCount} without a price`;
    return [[raw(`If sold now (${mode}): `), result, raw(` after fees${rest}`, 'quiet')]];
  });
}

function openingsLine(openings: OpeningsSection): Line {
  if ('unread' in openings) return [raw('Openings: '), part(`not read. ${openings.unread}`, 'warn')];
  if (openings.state === 'reading') return [raw('Openings: reading…', 'quiet')];
  const more = usedTexts(openings.accounts).map((text) => ` · ${text}`);
  const state = openings.halts.length > 0 ? raw('HALTED', 'warn') : raw('allowed', 'good');
  return [raw('Openings: '), state, raw(more.join(''))];
}

/** What pages at night, beside the count of all that is in order. */
function checksLine(checks: ChecksSection): Line {
  if ('unread' in checks) return [raw('Checks: '), part(`not read. ${checks.unread}`, 'warn')];
  if (checks.state === 'reading') return [raw('Checks: reading…', 'quiet')];
  const named = pagingChecks(checks.checks).flatMap(({ name, status }) => {
    return [raw(`${name} `), raw(status, CHECK_TONES[status]), raw(' · ')];
  });
  const sound = checks.checks.filter(({ status }) => status === 'ok').length;
  return [raw('Checks: '), ...named, raw(`${sound} of ${checks.checks.length} in order`, 'quiet')];
}

/** What is in the way, the worst first, each with what to do; at most `lineCountMax` lines. */
export function problemLines({ sections }: NowState, width: number, lineCountMax: number): readonly Line[] {
  const problems = listProblems(sections).map(({ tone, text }) =>
    wrapText(printable(text), width).map((line): Line => [raw(line, tone)]),
  );
  const all = problems.flat();
  if (all.length <= lineCountMax) return all;
  if (lineCountMax <= 0) return [];
  const more = raw('More is out of order: `tminus doctor` tells it.', 'warn');
  return [...all.slice(0, lineCountMax - 1), [more]];
}

type Problem = { readonly tone: Tone; readonly text: string };

function listProblems({ about, openings, checks, prices }: NowState['sections']): readonly Problem[] {
  const corrupt = about.value.corruptIds.map((id) => `Position ${id} cannot be read: correct its row by hand.`);
  const faults =
    'unread' in checks.value || checks.value.state === 'reading'
      ? []
      : checks.value.checks.flatMap(({ name, faults: found }) => (name === 'openings' ? [] : found));
  const limits =
    'unread' in openings.value || openings.value.state === 'reading'
      ? []
      : [...openings.value.halts, ...openings.value.tightened];
  const { note } = prices.value;
  const problems: readonly Problem[] = [
    ...corrupt.map((text): Problem => ({ tone: 'bad', text })),
    ...faults.map(({ text, advice, isRed }): Problem => {
      return { tone: isRed ? 'bad' : 'warn', text: advice === null ? text : `${text} ${advice}` };
    }),
    ...limits.map((text): Problem => ({ tone: 'warn', text })),
    ...(note === null ? [] : [{ tone: 'warn', text: note } as const]),
  ];
  return problems.toSorted((a, b) => Number(a.tone === 'warn') - Number(b.tone === 'warn'));
}
