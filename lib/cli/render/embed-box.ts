import Table from 'cli-table3';
import { type Paint, plainPaint } from '#lib/cli/terminal.ts';

/** The part of a Discord message that people see. */
export type ShownEmbed = {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly fields?:
    | readonly { readonly name: string; readonly value: string; readonly inline?: boolean | undefined }[]
    | undefined;
  readonly footer?: { readonly text: string } | undefined;
};
export type ShownMessage = {
  readonly content?: string | undefined;
  readonly embeds?: readonly ShownEmbed[] | undefined;
};

/**
 * Discord sets up to three inline fields beside each other. The widest texts: two prices of bitcoin, and how long it
 * was held.
 */
const COLUMN_WIDTHS = [26, 28, 21];
const COLUMN_COUNT = COLUMN_WIDTHS.length;
const PADDING_WIDTH = 2;
const BOX_WIDTH = COLUMN_WIDTHS.reduce((sum, width) => sum + width, PADDING_WIDTH);

const WITHOUT_LINES_BETWEEN_ROWS = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** A Discord message as it would appear, as a box of 79 columns. */
export function renderDiscordMessage(message: ShownMessage, paint: Paint = plainPaint): string {
  return [
    ...(message.content ? [message.content] : []),
    ...(message.embeds ?? []).map((embed) => renderEmbed(embed, paint)),
  ].join('\n');
}

function renderEmbed(embed: ShownEmbed, paint: Paint): string {
  const table = new Table({
    chars: WITHOUT_LINES_BETWEEN_ROWS,
    style: { head: [], border: [] },
    colWidths: [BOX_WIDTH],
    wordWrap: true,
  });
  const lines = [
    paint('strong', withoutMarkdown(embed.title ?? 'Notification')),
    ...(embed.description ? [withoutMarkdown(embed.description)] : []),
    ...rowsOf(embed.fields ?? []).map((row) => renderRow(row, paint)),
    ...(embed.footer ? [paint('quiet', embed.footer.text)] : []),
  ];
  // One column: the table only knows how wide an icon is, and draws the box. One row for each line: the processor time
  // of a cell grows with the square of its length, half a second for a whole message.
  const texts = lines.flatMap((line) => line.split('\n')).filter((text) => text.trim() !== '');
  table.push(...texts.map((text) => [text]));
  return table.toString();
}

function renderRow(row: readonly Field[], paint: Paint): string {
  const [only] = row;
  if (only !== undefined && only.inline !== true) return `${paint('quiet', only.name)}\n${withoutMarkdown(only.value)}`;
  const columns = row.map(({ name, value }) => [name, ...withoutMarkdown(value).split('\n')]);
  const height = Math.max(...columns.map((column) => column.length));
  return Array.from({ length: height }, (_, line) => {
    const text = columns.map((column, index) => (column[line] ?? '').padEnd(COLUMN_WIDTHS[index] ?? 0)).join('');
    return line === 0 ? paint('quiet', text.trimEnd()) : text.trimEnd();
  }).join('\n');
}

type Field = NonNullable<ShownEmbed['fields']>[number];

/** Inline fields beside each other, every other field in a row of its own. */
function rowsOf(fields: readonly Field[]): readonly (readonly Field[])[] {
  const rows: Field[][] = [];
  let open: Field[] | null = null;
  for (const field of fields) {
    if (field.inline !== true) {
      rows.push([field]);
      open = null;
    } else if (open === null || open.length === COLUMN_COUNT) {
      open = [field];
      rows.push(open);
    } else {
      open.push(field);
    }
  }
  return rows;
}

/** Discord shows bold, slanted and code; a terminal shows the words. */
function withoutMarkdown(text: string): string {
  return text
    .replace(/```\n?/g, '')
    .replaceAll('**', '')
    .replaceAll('`', '')
    .replace(/^\*(.+)\*$/gm, '$1')
    .replace(/\n+$/, '');
}
