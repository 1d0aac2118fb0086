import type { DaySummary, ModeSummary } from '#lib/domain/news/day-summary.ts';
import { haltDetails } from '#lib/domain/refusal/opening-refusal.ts';
import { dollars, signedDollars } from '#lib/words/money-text.ts';
import { EXIT_REASON_WORDS, STATE_WORDS, setbackWords } from '#lib/words/position-words.ts';
import { seconds } from '#lib/words/time-text.ts';
import type { DiscordEmbed, DiscordField } from './discord-limits.ts';
import { field, NEWS_LOOK, plain, SEVERITY_LOOKS } from './discord-look.ts';

const SETBACK_COUNT_MAX = 6;

export function summaryEmbed({ stage, day, modes, unreadableCount, halts }: DaySummary): DiscordEmbed {
  const positionCount = modes.reduce((sum, mode) => sum + mode.positionCount, 0);
  const look = unreadableCount > 0 || halts.length > 0 ? SEVERITY_LOOKS.warning : NEWS_LOOK;
  const lines = [
    positionCount === 0
      ? 'No position ended on this day.'
      : `${positionCount} ${positionCount === 1 ? 'position' : 'positions'} ended.`,
    ...(unreadableCount > 0 ? [`**${unreadableCount} more cannot be read**: their figures are not included.`] : []),
    ...halts.map(({ mode, halt }) => `**Openings are halted (${mode})**${plain(haltDetails(halt))}`),
  ];
  return {
    title: `${look.icon} Day ${day}`,
    description: lines.join('\n'),
    color: look.color,
    fields: modes.toSorted((a, b) => a.mode.localeCompare(b.mode)).flatMap(modeFields),
    footer: { text: `stage ${plain(stage)} · UTC` },
  };
}

function modeFields(summary: ModeSummary): readonly DiscordField[] {
  const { mode, pnlMicros, costMicros, feesMicros, feeDriftMicros, unknownCount } = summary;
  const drift =
    feeDriftMicros === null || feeDriftMicros === '0' ? '' : `\n${signedDollars(feeDriftMicros)} against the estimate`;
  const unknown = unknownCount === 0 ? '' : `\nand ${unknownCount} of unknown result`;
  const name = mode.toUpperCase();
  return [
    field(`${name} · result`, `**${signedDollars(pnlMicros)}** on ${dollars(costMicros)}${unknown}`, true),
    field(`${name} · fees`, `${dollars(feesMicros)}${drift}`, true),
    field(
      `${name} · ends`,
      summary.ends.map(({ state, count }) => `${count} × ${STATE_WORDS[state].headline}`).join('\n'),
      true,
    ),
    field(
      `${name} · why`,
      summary.exits.map(({ reason, count }) => `${count} × ${EXIT_REASON_WORDS[reason]}`).join('\n'),
      false,
    ),
    ...(summary.setbacks.length === 0 ? [] : [field(`${name} · setbacks`, setbacksText(summary), false)]),
    ...(summary.lateness.count === 0 ? [] : [field(`${name} · lateness of exits`, latenessText(summary), false)]),
  ];
}

function setbacksText({ setbacks }: ModeSummary): string {
  const lines = setbacks.slice(0, SETBACK_COUNT_MAX).map(({ cause, count, healedMedianMs }) => {
    const healing = healedMedianMs === null ? 'not overcome' : `overcome after ${duration(healedMedianMs)} (median)`;
    return `${count} × ${setbackWords(cause)}, ${healing}`;
  });
  const hiddenCount = setbacks.length - lines.length;
  return hiddenCount > 0 ? [...lines, `and ${hiddenCount} more kinds`].join('\n') : lines.join('\n');
}

function latenessText({ lateness: { p50Ms, p99Ms, maxMs } }: ModeSummary): string {
  const parts = [
    ['median', p50Ms],
    ['p99', p99Ms],
    ['worst', maxMs],
  ] as const;
  return parts.map(([name, ms]) => `${name} ${ms === null ? '–' : duration(ms)}`).join(' · ');
}

function duration(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : seconds(ms);
}
