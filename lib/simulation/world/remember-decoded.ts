/** So many texts are remembered; then all are forgotten, which costs no more than reading them again. */
const TEXT_COUNT_MAX = 4_096;

/**
 * Reads each text once and remembers what it says: copies of a message, and the same message of another life, are not read
 * again. Whatever `decode` makes has to be left unchanged by those who get it. What it refuses is refused every time.
 */
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
