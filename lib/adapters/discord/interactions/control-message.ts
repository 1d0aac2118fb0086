import { BUTTON_ROW_COUNT_MAX, clip } from '#lib/adapters/discord/discord-limits.ts';

/** Buttons of discord-api-docs, Component Reference. */
const TYPE_ROW = 1;
const TYPE_BUTTON = 2;
const STYLES = { plain: 2, good: 3, danger: 4 } as const;

/** Only the person who acted sees the message. */
export const EPHEMERAL = 64;
/** Discord's limits of a message. */
const CONTENT_LENGTH_MAX = 2_000;
const LABEL_LENGTH_MAX = 80;
const BUTTONS_PER_ROW = 5;

export type Button = { readonly label: string; readonly customId: string; readonly style: keyof typeof STYLES };

export type ControlMessage = {
  readonly content: string;
  readonly embeds: readonly [];
  readonly components: readonly ButtonRow[];
  /** No text from outside may mention people. */
  readonly allowed_mentions: { readonly parse: readonly [] };
};

export type ButtonRow = ReturnType<typeof rowOf>;

export function rowOf(buttons: readonly Button[]) {
  return {
    type: TYPE_ROW,
    components: buttons.slice(0, BUTTONS_PER_ROW).map(({ label, customId, style }) => ({
      ...{ type: TYPE_BUTTON, style: STYLES[style] },
      ...{ label: clip(label, LABEL_LENGTH_MAX), custom_id: customId },
    })),
  };
}

/** Text and buttons as one message, which replaces what an earlier one showed. */
export function toMessage(text: string, buttons: readonly Button[] = []): ControlMessage {
  const rows = Array.from({ length: Math.ceil(buttons.length / BUTTONS_PER_ROW) }, (_, row) =>
    rowOf(buttons.slice(row * BUTTONS_PER_ROW)),
  );
  return {
    content: clip(text, CONTENT_LENGTH_MAX),
    embeds: [],
    components: rows.slice(0, BUTTON_ROW_COUNT_MAX),
    allowed_mentions: { parse: [] },
  };
}

/** Answers to an interaction (discord-api-docs, Interaction Callback Type). */
const CALLBACK = { pong: 1, message: 4, later: 5, update: 7 } as const;

export type InteractionAnswer = { readonly type: number; readonly data?: object };

export const PONG: InteractionAnswer = { type: CALLBACK.pong };
/** The person sees that the application is at work, and other people do not. */
export const ANSWER_FOLLOWS: InteractionAnswer = { type: CALLBACK.later, data: { flags: EPHEMERAL } };

export function answerNow(message: ControlMessage): InteractionAnswer {
  return { type: CALLBACK.message, data: { ...message, flags: EPHEMERAL } };
}

/** Replaces the message whose button was pressed. */
export function replaceNow(message: ControlMessage): InteractionAnswer {
  return { type: CALLBACK.update, data: message };
}
