import type { Command } from 'commander';
import { DEAD_LETTER_QUEUES } from '#lib/ports/dead-letters.ts';
import type { DeadLettersOptions } from './commands/dead-letters-command.ts';
import { choiceOption, wholeNumber } from './options.ts';
import type { Finish } from './program.ts';
import { addSuiteCommand } from './suite-commands.ts';
import type { Terminal } from './terminal.ts';

/** For what could not be handled. */
export function addDeadLetters(program: Command, terminal: Terminal, finish: Finish): void {
  const letters = program
    .command('dead-letters')
    .description('messages that could not be handled: what they are, replay them, drop them');
  const queueOption = () => choiceOption('--queue <queue>', DEAD_LETTER_QUEUES, 'of one queue (default: all)');
  addSuiteCommand(letters, 'list', 'show each: what it is, why it failed, what a replay would do')
    .addOption(queueOption())
    .option('--limit <n>', 'read at most so many of each queue', wholeNumber(1, LETTER_COUNT_MAX), LETTER_COUNT_MAX)
    .action(async (options: DeadLettersOptions) => {
      const { listCommand } = await import('./commands/dead-letters-command.ts');
      finish(await listCommand(terminal, options));
    });
  addSuiteCommand(letters, 'replay', 'send one to where it belongs, after a check that this still makes sense')
    .argument('[id]', 'id of the letter, as list shows it')
    .option('--all', 'every one that can be replayed, after showing them')
    .option('--yes', 'with --all: do not ask')
    .addOption(queueOption())
    .action(async (id: string | undefined, options: DeadLettersOptions) => {
      const { replayCommand } = await import('./commands/dead-letters-command.ts');
      finish(await replayCommand(terminal, id, options));
    });
  addSuiteCommand(letters, 'drop', 'remove one without a replay; the table keeps a note of it')
    .argument('<id>', 'id of the letter, as list shows it')
    .option('--yes', 'do not ask')
    .addOption(queueOption())
    .action(async (id: string, options: DeadLettersOptions) => {
      const { dropCommand } = await import('./commands/dead-letters-command.ts');
      finish(await dropCommand(terminal, id, options));
    });
}

/** SQS gives ten at a time; a hundred are read in seconds. */
const LETTER_COUNT_MAX = 100;
