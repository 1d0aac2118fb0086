import { MODES } from '#lib/domain/position/position.ts';

/** In place of a position's id. */
export const EXIT_ALL = 'all';

const TYPE_CHAT_INPUT = 1;
const OPTION_STRING = 3;
/** No member sees or uses them until a server's administrator says who may (Integrations, Permissions). */
const NO_MEMBER = '0';

const common = { type: TYPE_CHAT_INPUT, default_member_permissions: NO_MEMBER } as const;

/** As `PUT /applications/{id}/guilds/{guild}/commands` takes them (discord-api-docs, Application Commands). */
export const COMMANDS = {
  positions: { ...common, name: 'positions', description: 'List the open positions' },
  exit: {
    ...common,
    name: 'exit',
    description: 'Sell a position now: shows what it would bring, and asks',
    options: [
      {
        type: OPTION_STRING,
        name: 'position',
        description: 'Its id, or the last characters of it; "all" for every open position',
        required: true,
        min_length: 3,
        max_length: 64,
      },
    ],
  },
  halt: {
    ...common,
    name: 'halt',
    description: 'Open nothing more; exits go on. Only `tminus resume` ends it',
    options: [
      {
        type: OPTION_STRING,
        name: 'reason',
        description: 'Shown to everybody who is refused',
        required: true,
        max_length: 200,
      },
      {
        type: OPTION_STRING,
        name: 'mode',
        description: 'Of one mode alone (default: both)',
        required: false,
        choices: MODES.map((mode) => ({ name: mode, value: mode })),
      },
    ],
  },
} as const;
