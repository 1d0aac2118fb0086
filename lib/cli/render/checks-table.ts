import type { Paint, Tone } from '#lib/cli/terminal.ts';
import { printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { Check, CheckStatus } from '#lib/lifecycle/check/check.ts';
import { plainTable } from './plain-table.ts';
import { wrapText } from './wrap-text.ts';

const TONES = { ok: 'good', warning: 'warn', red: 'bad' } as const satisfies Record<CheckStatus, Tone>;

/** Status, name, finding: three columns that fit a terminal of 80. */
const WIDTHS = [9, 16, 51] as const;

/** `tminus doctor`: each check with its finding and what to do. */
export function renderChecks(checks: readonly Check[], paint: Paint): string {
  return plainTable(
    ['', 'Check', 'Found'],
    checks.map(({ status, name, found, advice }) => [
      paint(TONES[status], status),
      name,
      advice === null ? printable(found) : `${printable(found)}\n→ ${printable(advice)}`,
    ]),
    { colWidths: [...WIDTHS] },
  );
}

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
  return conclude('bad', `${reds.length} red: an exit or a buy would fail.`, shut);
}
