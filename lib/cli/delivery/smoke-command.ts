import { randomUUID } from 'node:crypto';
import { readCommit } from '#infra/shared/read-commit.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { untilInterrupted } from '#lib/cli/interruption.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { findSuite, type Suite, type SuiteChoice } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { runSmoke, type SmokeReport } from '#lib/lifecycle/delivery/run-smoke.ts';
import { knownCommit } from '#lib/runtime/short-commit.ts';
import { haltLines } from '#lib/words/halt-lines.ts';
import { isYes } from '#lib/words/is-yes.ts';
import { toJson } from '#lib/words/to-json.ts';
import { stepLines, summariseSmoke } from './smoke-lines.ts';
import { wireSmoke } from './wire-smoke.ts';

export type SmokeOptions = SuiteChoice & {
  /** The commit that the stacks should be at. Default: this checkout's. */
  readonly commit?: string;
  /** Seconds. Default: two minutes. */
  readonly exitLead?: number;
  readonly json?: boolean;
};

const EXIT_LEAD_SECONDS = 120;

/** Proves a running suite from outside. Exit code 1 when a step failed, or the test was interrupted. */
export async function smokeCommand(terminal: Terminal, options: SmokeOptions): Promise<ExitCode> {
  const { signal, dispose } = untilInterrupted();
  try {
    const report = await smokeSuite(terminal, options, () => signal.aborted);
    if (options.json === true) terminal.out(toJson(report));
    else terminal.out(summariseSmoke(report, terminal.paint));
    return report.isProven ? EXIT_CODES.ok : EXIT_CODES.failure;
  } finally {
    dispose();
  }
}

/** @throws CliError 3 when paper openings are halted: nothing was done */
export async function smokeSuite(
  terminal: Terminal,
  options: SmokeOptions,
  isInterrupted: () => boolean,
): Promise<SmokeReport & { readonly place: string; readonly commit: string | null }> {
  const { ask, paint, env } = terminal;
  const isQuiet = options.json === true;
  const place = await findSuite(options, env);
  const { deps, suite, close } = wireSmoke(place, options.stage, {
    isInterrupted,
    say: (text) => {
      if (!isQuiet) terminal.out(narrate(text));
    },
    askWhetherSeen: ask === null || isQuiet ? null : (name) => isSeen(ask, name),
  });
  try {
    await assertOpen(suite, terminal.nowMs());
    if (!isQuiet)
      terminal.out(narrate(`Smoke test of ${suite.place}: a paper position, to its end. It takes some ten minutes.`));
    const commit = findCommit(options);
    const command = {
      runId: `smoke-${randomUUID()}`,
      commit,
      exitLeadMs: (options.exitLead ?? EXIT_LEAD_SECONDS) * 1_000,
    };
    const report = await runSmoke(deps, command, (step) => {
      if (!isQuiet) terminal.out(stepLines(step, paint));
    });
    return { ...report, place: suite.place, commit };
  } finally {
    close();
  }
}

async function assertOpen({ store, flags, place }: Suite, nowMs: number): Promise<void> {
  const { halt } = await store.getAccount('paper', nowMs);
  if (halt === null) return;
  throw new CliError(
    EXIT_CODES.refused,
    'halted',
    `${haltLines([{ mode: 'paper', halt }]).join(' ')} A smoke test of ${place} opens one paper position: ` +
      `\`tminus resume --mode paper${flags}\` allows it, and live openings stay halted.`,
  );
}

function findCommit({ commit, stage }: SmokeOptions): string | null {
  if (commit !== undefined) return commit;
  return stage === undefined ? null : knownCommit(readCommit());
}

/** A stage may be halted meanwhile: without an answer the test goes on. */
const ANSWER_MS_MAX = 180_000;

async function isSeen(ask: NonNullable<Terminal['ask']>, alarmName: string): Promise<boolean | null> {
  const question = `The alarm ${alarmName} was forced. Did its notice reach you (Discord, e-mail)? [y/N]`;
  const tooLate = AbortSignal.timeout(ANSWER_MS_MAX);
  const answer = await ask(`${narrate(question)} `, tooLate);
  return tooLate.aborted ? null : isYes(answer);
}
