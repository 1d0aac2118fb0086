import { concatHex, type Hex, numberToHex, size } from 'viem';

/** A text of bytes, or a list of such texts. Transactions have no list in a list. */
export type RlpItem = Hex | readonly Hex[];

/** What follows a short text: `0x80` and its length; a short list begins above `0xc0`. */
const TEXT_BASE = 0x80;
const LIST_BASE = 0xc0;
const SHORT_LENGTH_MAX = 55;

/**
 * Ethereum's encoding of a list (RLP), for the one kind of transaction that is sent here. The library's own reads and writes any
 * depth, through a cursor that is larger than the rest of the transaction's code.
 */
export function toRlp(items: readonly RlpItem[]): Hex {
  const encoded = items.map((item) =>
    typeof item === 'string' ? encodeText(item) : withLength(LIST_BASE, item.map(encodeText)),
  );
  return withLength(LIST_BASE, encoded);
}

function encodeText(text: Hex): Hex {
  // A single byte below 0x80 stands for itself.
  if (size(text) === 1 && Number(text) < TEXT_BASE) return text;
  return withLength(TEXT_BASE, [text]);
}

function withLength(base: number, parts: readonly Hex[]): Hex {
  const content = concatHex(parts);
  const length = size(content);
  if (length <= SHORT_LENGTH_MAX) return concatHex([numberToHex(base + length, { size: 1 }), content]);
  const lengthText = numberToHex(length, { size: Math.ceil(length.toString(16).length / 2) });
  return concatHex([numberToHex(base + SHORT_LENGTH_MAX + size(lengthText), { size: 1 }), lengthText, content]);
}
