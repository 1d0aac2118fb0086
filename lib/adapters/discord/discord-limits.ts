/** Discord's limits for one embed; a message beyond any of them is refused as a whole. */
export const EMBED_LIMITS = {
  title: 256,
  description: 4_096,
  fieldCount: 25,
  fieldName: 256,
  fieldValue: 1_024,
  footer: 2_048,
  /** Title, description, names, values and footer together. */
  total: 6_000,
} as const;

export type DiscordField = { readonly name: string; readonly value: string; readonly inline: boolean };

export type DiscordEmbed = {
  readonly title: string;
  readonly description: string;
  readonly color: number;
  readonly fields: readonly DiscordField[];
  readonly footer: { readonly text: string };
  readonly timestamp?: string;
};

/** Shown instead of a text that Discord would take for empty, which it refuses. */
const NOTHING = '–';
const INVISIBLE = /[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]/gu;

/** At most `lengthMax` UTF-16 units, with `…` where text was cut off; never half a character and never empty. */
export function clip(text: string, lengthMax: number): string {
  const trimmed = text.trim();
  if (trimmed.replace(INVISIBLE, '') === '') return NOTHING;
  if (trimmed.length <= lengthMax) return trimmed.toWellFormed();
  let cut = trimmed.slice(0, lengthMax - 1);
  const last = cut.charCodeAt(cut.length - 1);
  if (last >= 0xd800 && last <= 0xdbff) cut = cut.slice(0, -1);
  return `${cut.trimEnd().toWellFormed()}…`;
}

export function embedLength(embed: DiscordEmbed): number {
  const fields = embed.fields.reduce((sum, field) => sum + field.name.length + field.value.length, 0);
  return embed.title.length + embed.description.length + embed.footer.text.length + fields;
}

/**
 * Makes an embed fit: clips each part, then drops fields from the end until the total fits. The most important fields
 * come first.
 */
export function fitEmbed(embed: DiscordEmbed): DiscordEmbed {
  const clipped: DiscordEmbed = {
    ...embed,
    title: clip(embed.title, EMBED_LIMITS.title),
    description: clip(embed.description, EMBED_LIMITS.description),
    // The footer carries the position's id. It is short, so that it never costs a field.
    footer: { text: clip(embed.footer.text, EMBED_LIMITS.title) },
    fields: embed.fields.slice(0, EMBED_LIMITS.fieldCount).map((field) => ({
      ...field,
      name: clip(field.name, EMBED_LIMITS.fieldName),
      value: clip(field.value, EMBED_LIMITS.fieldValue),
    })),
  };
  let fields = clipped.fields;
  while (embedLength({ ...clipped, fields }) > EMBED_LIMITS.total) fields = fields.slice(0, -1);
  return { ...clipped, fields };
}

const EMBED_COUNT_MAX = 10;
/** One row of buttons for each card that has some. */
export const BUTTON_ROW_COUNT_MAX = 5;

/** Splits embeds into as few messages as Discord's limits allow, in order. Each embed fits on its own. */
export function packEmbeds<Item extends { readonly embed: DiscordEmbed; readonly hasButtons?: boolean }>(
  items: readonly Item[],
): readonly Item[][] {
  const packs: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const length = embedLength(item.embed);
    const pack = packs.at(-1);
    const rows = pack?.filter(({ hasButtons }) => hasButtons === true).length ?? 0;
    const isFull = pack?.length === EMBED_COUNT_MAX || (item.hasButtons === true && rows === BUTTON_ROW_COUNT_MAX);
    if (pack === undefined || isFull || length > room) {
      packs.push([item]);
      room = EMBED_LIMITS.total - length;
    } else {
      pack.push(item);
      room -= length;
    }
  }
  return packs;
}
