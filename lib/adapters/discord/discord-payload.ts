import { type DiscordEmbed, EMBED_LIMITS, embedLength } from './discord-limits.ts';

/** Body of a webhook call. `parse: []`: no text from outside can ping anybody. */
export type DiscordPayload = {
  readonly username: string;
  readonly allowed_mentions: { readonly parse: readonly never[] };
  readonly embeds: readonly DiscordEmbed[];
};

export function toDiscordPayload(embeds: readonly DiscordEmbed[]): DiscordPayload {
  return { username: 'T-minus', allowed_mentions: { parse: [] }, embeds };
}

/** Discord takes so many embeds in one message. */
const EMBED_COUNT_MAX = 10;

/** Splits a burst into as few messages as Discord's limits allow, in order. Every embed fits on its own. */
export function packEmbeds<Item extends { readonly embed: DiscordEmbed }>(items: readonly Item[]): readonly Item[][] {
  const packs: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const length = embedLength(item.embed);
    const pack = packs.at(-1);
    if (pack === undefined || pack.length === EMBED_COUNT_MAX || length > room) {
      packs.push([item]);
      room = EMBED_LIMITS.total - length;
    } else {
      pack.push(item);
      room -= length;
    }
  }
  return packs;
}
