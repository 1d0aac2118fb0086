/** At this many texts the cache is cleared; decoding again is cheap enough. */
const TEXT_COUNT_MAX = 4_096;

/** Decodes each text once; callers share the value and must not change it. Errors are not cached. */
export function rememberDecoded<Value>(decode: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    const earlier = known.get(text);
    if (earlier !== undefined) return earlier;
    const value = decode(text);
    if (known.size >= TEXT_COUNT_MAX) known.clear();
    known.set(text, value);
    return value;
  };
}
