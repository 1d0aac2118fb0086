import { InvariantError, UnexpectedReplyError } from '#lib/errors/errors.ts';

/** Order of the curve secp256k1: the number of its points. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

export type CurveSignature = { readonly r: bigint; readonly s: bigint };

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/**
 * Reads a DER signature: `SEQUENCE { INTEGER r, INTEGER s }`, each with a length of one byte. s comes back in the lower half
 * of the curve's order: of the two that are valid, contracts take that one.
 * @throws UnexpectedReplyError when the bytes are not such a signature
 */
export function parseDerSignature(der: Uint8Array): CurveSignature {
  const isWhole = der[0] === SEQUENCE && der[1] === der.length - 2;
  const first = isWhole ? readInteger(der, 2) : undefined;
  const second = first === undefined ? undefined : readInteger(der, first.end);
  if (first === undefined || second === undefined || second.end !== der.length) throw notASignature();
  const { value: r } = first;
  const { value: s } = second;
  if (r === 0n || s === 0n || r >= CURVE_ORDER || s >= CURVE_ORDER) throw notASignature();
  return { r, s: s > CURVE_ORDER / 2n ? CURVE_ORDER - s : s };
}

function readInteger(der: Uint8Array, start: number): { readonly value: bigint; readonly end: number } | undefined {
  const length = der[start + 1];
  if (der[start] !== INTEGER || length === undefined || length === 0 || length > 33) return undefined;
  const end = start + 2 + length;
  const bytes = der.subarray(start + 2, end);
  const isNegative = (bytes[0] ?? 0x80) >= 0x80;
  if (bytes.length !== length || isNegative) return undefined;
  return { value: BigInt(`0x${Buffer.from(bytes).toString('hex')}`), end };
}

function notASignature(): UnexpectedReplyError {
  return new UnexpectedReplyError('The key service answered with something that is no signature');
}

/** `SubjectPublicKeyInfo` of a secp256k1 key up to its point: algorithm, curve, and the head of the bit string. */
const SPKI_HEAD = '3056301006072a8648ce3d020106052b8104000a034200';
const POINT_BYTES = 65;

/**
 * The point (`04`, x and y) of a public key in SPKI DER.
 * @throws InvariantError for a key of another curve, or compressed
 */
export function parsePublicKeyPoint(spki: Uint8Array): `0x${string}` {
  const hex = Buffer.from(spki).toString('hex');
  const point = hex.slice(SPKI_HEAD.length);
  if (hex.startsWith(SPKI_HEAD) && point.length === 2 * POINT_BYTES && point.startsWith('04')) return `0x${point}`;
  throw new InvariantError('The public key is not one of the curve secp256k1');
}
