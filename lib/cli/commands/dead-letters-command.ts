import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { isConfirmed } from '#lib/cli/confirm.ts';
import { handledLines, letterLines, toLetterAnswer, unseenLines } from '#lib/cli/render/letter-lines.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { userName } from '#lib/cli/suite/acting.ts';
import { findSuite, type SuiteChoice } from '#lib/cli/suite/find-suite.ts';
import { openLetters } from '#lib/cli/suite/open-letters.ts';
import { printable, type Terminal } from '#lib/cli/terminal.ts';
import {
  dropLetter,
  type HandledLetter,
  type LettersSeen,
  listLetters,
  replayLetter,
  replayLetters,
} from '#lib/lifecycle/dead-letters/handle-letters.ts';
import type { DeadLetterQueue } from '#lib/ports/dead-letters.ts';
import { toJson } from '#lib/words/to-json.ts';

export type DeadLettersOptions = SuiteChoice & {
  readonly queue?: DeadLetterQueue;
  readonly limit?: number;
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
};

const LIMIT = 100;

type Opened = Omit<ReturnType<typeof openLetters>, 'close'> & { readonly queues: readonly DeadLetterQueue[] };

async function withLetters<Result>(
  terminal: Terminal,
  options: DeadLettersOptions,
  run: (opened: Opened) => Promise<Result>,
): Promise<Result> {
  const { close, ...opened } = openLetters(await findSuite(options, terminal.env));
  try {
    const known = opened.deps.letters.queues;
    const queues = options.queue === undefined ? known : known.filter((queue) => queue === options.queue);
    return await run({ ...opened, queues });
  } finally {
    close();
  }
}

/** Code 0 also when there are some: `doctor` and the alarms judge. */
export async function listCommand(terminal: Terminal, options: DeadLettersOptions): Promise<ExitCode> {
  return withLetters(terminal, options, async ({ deps, queues, place, flags }) => {
    const { seen, unseen } = await listLetters(deps, queues, options.limit ?? LIMIT);
    if (options.json === true) {
      terminal.out(toJson({ letters: seen.map(toLetterAnswer), unseen }));
      return EXIT_CODES.ok;
    }
    showLetters(terminal, { seen, unseen });
    if (seen.length === 0) terminal.out(narrate(`No dead letter can be seen in ${place}.`));
    else {
      const next = `\`tminus dead-letters replay ID${flags}\` replays one, \`drop ID\` removes one.`;
      terminal.out(narrate(`${seen.length} in ${place}. ${next}`));
    }
    return EXIT_CODES.ok;
  });
}

function showLetters(terminal: Terminal, { seen, unseen }: LettersSeen): void {
  const nowMs = terminal.nowMs();
  for (const each of seen) terminal.out(`${letterLines(each, nowMs, terminal.paint)}\n`);
  for (const line of unseenLines(unseen)) terminal.out(terminal.paint('warn', narrate(line)));
}

/** Code 3 when a letter is not replayed, and stays; 1 when that failed; 4 without such a letter. */
export async function replayCommand(
  terminal: Terminal,
  id: string | undefined,
  options: DeadLettersOptions,
): Promise<ExitCode> {
  if ((id === undefined) === (options.all !== true)) {
    throw new CliError(EXIT_CODES.usage, 'usage', 'Name one dead letter by its id, or all with --all.');
  }
  return withLetters(terminal, options, async (opened) => {
    if (id === undefined) return replayAll(terminal, opened, options);
    const handled = await replayLetter(opened.deps, opened.queues, id);
    return report(terminal, [getHandled(handled, id, opened)], options);
  });
}

async function replayAll(
  terminal: Terminal,
  { deps, queues, place }: Opened,
  options: DeadLettersOptions,
): Promise<ExitCode> {
  const { seen, unseen } = await listLetters(deps, queues, LIMIT);
  const chosen = seen.filter(({ judgement }) => judgement.plan !== null && !judgement.isByIdOnly);
  if (options.json !== true) showLetters(terminal, { seen, unseen });
  if (chosen.length === 0) {
    if (options.json === true) terminal.out(toJson({ handled: [] }));
    else terminal.out(narrate(`Nothing in ${place} can be replayed together.`));
    return EXIT_CODES.ok;
  }
  const question = `Replay ${chosen.length === 1 ? 'this one' : `these ${chosen.length}`} of ${seen.length}?`;
  if (!(await isConfirmed(terminal, options, question, NOTHING))) return EXIT_CODES.refused;
  const ids = new Set(chosen.map(({ letter }) => letter.id));
  const handled = await replayLetters(deps, queues, ids);
  const code = report(terminal, handled, options);
  const unseenCount = ids.size - handled.length;
  if (unseenCount === 0) return code;
  const text = 'Another command looks at them, or has replayed them: list again in three minutes.';
  if (options.json !== true) terminal.out(terminal.paint('warn', narrate(`Not replayed: ${unseenCount}. ${text}`)));
  return code === EXIT_CODES.ok ? EXIT_CODES.refused : code;
}

const NOTHING = 'Nothing was replayed or dropped';

/** Removes a letter once the table has it. */
export async function dropCommand(terminal: Terminal, id: string, options: DeadLettersOptions): Promise<ExitCode> {
  const question = `Drop the dead letter ${printable(id)}? It is not handled any more.`;
  if (!(await isConfirmed(terminal, options, question, NOTHING))) return EXIT_CODES.refused;
  return withLetters(terminal, options, async (opened) => {
    const handled = await dropLetter(opened.deps, opened.queues, id, userName(terminal));
    return report(terminal, [getHandled(handled, id, opened)], options);
  });
}

/** @throws CliError 4 */
function getHandled(handled: HandledLetter | undefined, id: string, { flags }: Opened): HandledLetter {
  if (handled !== undefined) return handled;
  throw new CliError(
    EXIT_CODES.notFound,
    'dead-letter-not-found',
    `There is no dead letter ${printable(id).slice(0, 64)} to be seen. \`tminus dead-letters list${flags}\` lists them; ` +
      'one that another command looks at is hidden for up to three minutes.',
  );
}

function report(terminal: Terminal, handled: readonly HandledLetter[], { json }: DeadLettersOptions): ExitCode {
  if (json === true) {
    const answers = handled.map((each) => ({ ...toLetterAnswer(each), outcome: each.outcome, note: each.note }));
    terminal.out(toJson({ handled: answers }));
  } else for (const each of handled) terminal.out(handledLines(each, terminal.paint));
  if (handled.some(({ outcome }) => outcome === 'failed')) return EXIT_CODES.failure;
  return handled.some(({ outcome }) => outcome === 'not-replayed') ? EXIT_CODES.refused : EXIT_CODES.ok;
}
