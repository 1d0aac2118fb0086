import { isYes } from '#lib/words/is-yes.ts';
import type { Terminal } from './terminal.ts';

export type ConfirmOptions = { readonly yes?: boolean; readonly json?: boolean };

/**
 * Whether to go on: `--yes`, or a yes at the terminal. Without a terminal the answer is no, with a message: `nothing`
 * is what was not done.
 */
export async function isConfirmed(
  terminal: Terminal,
  options: ConfirmOptions,
  question: string,
  nothing = 'Nothing was sent',
): Promise<boolean> {
  if (options.yes === true) return true;
  if (options.json === true || terminal.ask === null) {
    terminal.err(`${nothing}: without a terminal there is no confirmation. Add --yes.`);
    return false;
  }
  const answer = await terminal.ask(`\n${question} [y/N] `);
  const isAgreed = isYes(answer);
  if (!isAgreed) terminal.out(`${nothing}.`);
  return isAgreed;
}
