import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { isConfirmed } from '#lib/cli/confirm.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { type ActingOptions, actingOf, modesOf } from '#lib/cli/suite/acting.ts';
import { type SuiteChoice, withSuite } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { listNotLower } from '#lib/domain/position/tightened-limits.ts';
import { listTightened } from '#lib/lifecycle/read/list-tightened.ts';
import { restrictEach } from '#lib/lifecycle/restrict-each.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { limitLines } from '#lib/words/halt-lines.ts';
import { limitsText } from '#lib/words/limit-words.ts';
import { toJson } from '#lib/words/to-json.ts';

export type LimitsOptions = SuiteChoice & { readonly mode?: Mode; readonly json?: boolean };
export type TightenOptions = LimitsOptions &
  ActingOptions & {
    readonly perPosition?: bigint;
    readonly perDay?: bigint;
    readonly exposure?: bigint;
    readonly maxOpen?: number;
  };
export type ResetOptions = LimitsOptions & ActingOptions & { readonly yes?: boolean };

const STAGE_LIMITS = "Each limit of the stage's commit holds where it is lower, or where nothing else is named.";

export async function showLimitsCommand(terminal: Terminal, options: LimitsOptions): Promise<ExitCode> {
  return withSuite(options, terminal.env, async ({ store, place }) => {
    const tightened = await listTightened(store, modesOf(options));
    if (options.json === true) terminal.out(toJson({ tightened }));
    else if (tightened.length === 0) terminal.out(`No limit is tightened in ${place}: the stage's own limits hold.`);
    else terminal.out(narrate(`${limitLines(tightened).join('\n')}\n${STAGE_LIMITS} This is ${place}.`));
    return EXIT_CODES.ok;
  });
}

/** Lowers limits from the next opening on. Only a deployment can allow more than the stage's commit. */
export async function tightenLimitsCommand(terminal: Terminal, options: TightenOptions): Promise<ExitCode> {
  const limits = limitsOf(options);
  if (Object.keys(limits).length === 0) {
    const names = '--per-position, --per-day, --exposure or --max-open';
    throw new CliError(EXIT_CODES.usage, 'usage', `Which limit? Name at least one of ${names}.`);
  }
  const modes = modesOf(options);
  return withSuite(options, terminal.env, async (suite) => {
    const { store, place, flags } = suite;
    const acting = await actingOf(terminal, suite, options);
    const tightened: Mode[] = [];
    await restrictEach(modes, async (mode) => {
      if ((await store.tighten(mode, limits, acting)) === 'tightened') tightened.push(mode);
    });
    const refused = modes.find((mode) => !tightened.includes(mode));
    if (refused !== undefined) throw await refusalOf(store, refused, limits, tightened);
    if (options.json === true) terminal.out(toJson({ outcome: 'tightened', modes, limits, ...acting }));
    else {
      const lines = limitLines(modes.map((mode) => ({ mode, tightened: { ...acting, limits } })));
      const back = `\`tminus limits reset${flags}\` returns to the stage's own.`;
      terminal.out(
        narrate(`${lines.join('\n')}\n${STAGE_LIMITS} It counts from the next opening in ${place}. ${back}`),
      );
    }
    return EXIT_CODES.ok;
  });
}

/** Returns to the limits of the stage's commit, after a yes. It also removes a row that cannot be read. */
export async function resetLimitsCommand(terminal: Terminal, options: ResetOptions): Promise<ExitCode> {
  const modes = modesOf(options);
  return withSuite(options, terminal.env, async (suite) => {
    const { store, place } = suite;
    const tightened = await listTightened(store, modes);
    if (tightened.length === 0) {
      if (options.json === true) terminal.out(toJson({ outcome: 'nothing-to-reset', modes }));
      else terminal.out(`No limit is tightened in ${place}.`);
      return EXIT_CODES.ok;
    }
    if (options.json !== true) terminal.out(narrate(limitLines(tightened).join('\n')));
    const question = `Allow what the stage's commit allows again, in ${place}?`;
    if (!(await isConfirmed(terminal, options, question))) return EXIT_CODES.failure;
    const acting = await actingOf(terminal, suite, options);
    for (const { mode } of tightened) await store.resetLimits(mode, acting);
    const done = tightened.map(({ mode }) => mode);
    if (options.json === true) terminal.out(toJson({ outcome: 'reset', modes: done, ...acting }));
    else terminal.out(`The stage's own limits hold again (${done.join(' and ')}).`);
    return EXIT_CODES.ok;
  });
}

function limitsOf({ perPosition, perDay, exposure, maxOpen }: TightenOptions): Partial<RiskLimits> {
  return {
    ...(perPosition !== undefined && { budgetMicrosMax: perPosition }),
    ...(perDay !== undefined && { dayLossMicrosMax: perDay }),
    ...(exposure !== undefined && { exposureMicrosMax: exposure }),
    ...(maxOpen !== undefined && { openCountMax: maxOpen }),
  };
}

async function refusalOf(
  store: PositionStore,
  mode: Mode,
  asked: Partial<RiskLimits>,
  tightened: readonly Mode[],
): Promise<CliError> {
  const known = (await store.findTightened(mode))?.limits ?? {};
  const named = listNotLower(known, asked);
  const lower = Object.fromEntries(Object.entries(known).filter(([name]) => named.some((each) => each === name)));
  const now = named.length === 0 ? '' : ` Tightened already (${mode}): ${limitsText(lower)}.`;
  const done = tightened.length === 0 ? '' : ` They were tightened for ${tightened.join(' and ')}.`;
  return new CliError(
    EXIT_CODES.refused,
    'not-lower',
    `A row can only lower limits; nothing was changed for ${mode}.${now}${done} \`tminus limits reset\` returns to the stage's own.`,
  );
}
