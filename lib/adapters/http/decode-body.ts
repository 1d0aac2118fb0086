import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** A deflated body is a zlib stream by the standard, and a bare one from some servers: the first byte tells. */
const ZLIB_START = 0x78;

/**
 * The bytes as the server meant them: some compress what nobody asked them to. Null when that is larger than `bytesMax`.
 * @throws when they are not what the header says
 */
export function decodeBody(packed: Buffer, encoding: string | undefined, bytesMax: number): Buffer | null {
  try {
    return unpack(packed, encoding?.trim().toLowerCase() ?? '', bytesMax);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw error;
  }
}

function unpack(packed: Buffer, encoding: string, maxOutputLength: number): Buffer {
  // An answer without a body may still name an encoding.
  if (packed.byteLength === 0) return packed;
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(packed, { maxOutputLength });
    case 'deflate':
      return (packed[0] === ZLIB_START ? inflateSync : inflateRawSync)(packed, { maxOutputLength });
    case 'br':
      return brotliDecompressSync(packed, { maxOutputLength });
    default:
      return packed;
  }
}
