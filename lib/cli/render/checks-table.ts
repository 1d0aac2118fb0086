import type { Paint } from '#lib/cli/terminal.ts';
import { printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { Check, CheckedPart } from '#lib/lifecycle/check/check.ts';
import { CHECK_TONES, type Tone } from '#lib/words/tone.ts';
import { plainTable } from './plain-table.ts';
import { wrapText } from './wrap-text.ts';

/** Status, name, finding: three columns that fit a terminal of 80. */
const WIDTHS = [9, 16, 51] as const;

/** `tminus doctor`: each check with its finding and what to do. */
export function renderChecks(checks: readonly Check[], paint: Paint): string {
  return plainTable(
    ['', 'Check', 'Found'],
    checks.map((check) => [
      paint(CHECK_TONES[check.status], check.status),
      check.name,
      (check.parts === undefined ? findingLines(check) : partLines(check.parts))
        .flatMap((line) => wrapText(line, WIDTHS[2]))
        .join('\n'),
    ]),
    { colWidths: [...WIDTHS] },
  );
}

function findingLines({ found, advice }: Pick<Check, 'found' | 'advice'>): readonly string[] {
  return advice === null ? [printable(found)] : [printable(found), `→ ${printable(advice)}`];
}

/** Faulty parts first, each with what AWS calls it; parts with the same finding share its lines. */
function partLines(parts: readonly CheckedPart[]): readonly string[] {
  const groups = [...Map.groupBy(parts, ({ status, found, advice }) => `${status} ${found} ${advice}`).values()];
  const [sound, faulty] = [groups.filter(isSound), groups.filter((group) => !isSound(group))];
  const names = (group: readonly CheckedPart[]): string => group.map(({ name }) => name).join(', ');
  return [
    ...faulty.flatMap((group) =>
      group.slice(0, 1).flatMap((first) => {
        const aws = group.length === 1 && first.id !== first.name ? ` (${ownName(first.id)})` : '';
        return findingLines({ found: `${names(group)}: ${first.found}${aws}`, advice: first.advice });
      }),
    ),
    ...sound.flatMap((group) => group.slice(0, 1).map(({ found }) => `${group.length} ${found}: ${names(group)}`)),
  ];
}

const isSound = (group: readonly CheckedPart[]): boolean => group.every(({ status }) => status === 'ok');
/** Without the address of a queue and the bus of a rule. */
const ownName = (id: string): string => id.split(/[/|]/).at(-1) ?? id;

/** The conclusion for openings and exits. */
export function summariseChecks(checks: readonly Check[], isLive: boolean, paint: Paint): string {
  const reds = checks.filter(({ status }) => status === 'red');
  const warnings = checks.filter(({ status }) => status === 'warning').length;
  const conclude = (tone: Tone, verdict: string, rest: string): string => {
    const live = isLive ? '' : ' Live trading is not configured here and was not checked.';
    // Colour is added after wrapping, because its codes have no width.
    const [first = '', ...others] = wrapText(`${verdict}${rest}${live}`, TERMINAL_WIDTH);
    const head = first.startsWith(verdict)
      ? `${paint(tone, verdict)}${first.slice(verdict.length)}`
      : paint(tone, first);
    return [head, ...others].join('\n');
  };
  if (reds.length === 0) {
    const seen =
      warnings === 0
        ? 'Nothing here would stop an exit.'
        : `Nothing here would stop an exit; ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`;
    return conclude('good', seen, '');
  }
  const shut = reds.some(({ isHard }) => isHard) ? ' Live mode opens nothing until they are fixed.' : '';
  return conclude('bad', `${reds.length} red: an exit or a buy may fail, or you may not hear of it.`, shut);
}
