import type { Terminal } from './terminal.ts';

export type ConfirmOptions = { readonly yes?: boolean; readonly json?: boolean };

/** Whether to go on: `--yes`, or a yes at the terminal. Without a terminal the answer is no, with a message. */
export async function isConfirmed(terminal: Terminal, options: ConfirmOptions, question: string): Promise<boolean> {
  if (options.yes === true) return true;
  if (options.json === true || terminal.ask === null) {
    terminal.err('Nothing was sent: without a terminal there is no confirmation. Add --yes.');
    return false;
  }
  const answer = await terminal.ask(`\n${question} [y/N] `);
  const isYes = /^y(es)?$/i.test(answer.trim());
  if (!isYes) terminal.out('Nothing was sent.');
  return isYes;
}
