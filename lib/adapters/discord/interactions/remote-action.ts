import { MODES } from '#lib/domain/position/position.ts';
import type { RemoteAction } from '#lib/ports/store/ask-log.ts';
import { COMMANDS, EXIT_ALL } from './commands.ts';
import { oneLine } from './control-text.ts';
import type { Interaction } from './interaction.ts';

/** Begins every button of ours, with the version of what follows. */
const SIGN = 't1';
/** Positions' ids, and interactions'. */
const ID = /^[0-9A-Za-z_-]{1,64}$/;
const REASON_LENGTH_MAX = 200;

/** At most 100 characters, which is Discord's limit. */
export function customIdOf(action: Extract<RemoteAction, { kind: 'exit' | 'hold' | 'halt' | 'confirm' | 'cancel' }>) {
  switch (action.kind) {
    case 'exit':
    case 'hold':
      return `${SIGN}:${action.kind}:${action.target}`;
    case 'halt':
      return `${SIGN}:halt:${action.mode ?? 'all'}`;
    case 'confirm':
    case 'cancel':
      return `${SIGN}:${action.kind}:${action.askId}`;
  }
}

function parseCustomId(customId: string): RemoteAction | undefined {
  const [sign, kind, id = '', ...rest] = customId.split(':');
  if (sign !== SIGN || rest.length > 0 || !ID.test(id)) return undefined;
  switch (kind) {
    case 'exit':
    case 'hold':
      return { kind, target: id };
    case 'confirm':
    case 'cancel':
      return { kind, askId: id };
    case 'halt':
      return { kind, mode: modeOf(id), reason: null };
    default:
      return undefined;
  }
}

function modeOf(text: string | undefined) {
  return MODES.find((mode) => mode === text) ?? null;
}

/** What an interaction asks for; undefined where it is none of ours, such as a button of a later release. */
export function toRemoteAction(interaction: Interaction): RemoteAction | undefined {
  if (interaction.kind === 'button') return parseCustomId(interaction.customId);
  if (interaction.kind !== 'command') return undefined;
  const { name, options } = interaction;
  switch (name) {
    case COMMANDS.positions.name:
      return { kind: 'positions' };
    case COMMANDS.exit.name: {
      const target = options.get('position')?.trim() ?? '';
      if (target.toLowerCase() === EXIT_ALL) return { kind: 'exit-all' };
      return ID.test(target) ? { kind: 'exit', target } : undefined;
    }
    case COMMANDS.halt.name: {
      const reason =
        oneLine(options.get('reason') ?? '')
          .trim()
          .slice(0, REASON_LENGTH_MAX)
          .toWellFormed() || null;
      return { kind: 'halt', mode: modeOf(options.get('mode')), reason };
    }
    default:
      return undefined;
  }
}
