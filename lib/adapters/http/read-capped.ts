/** The body as text, or null as soon as it is larger than `bytesMax`; the rest is then not read. */
export async function readCapped(response: Response, bytesMax: number): Promise<string | null> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let byteCount = 0;
  let text = '';
  // Leaving the loop early cancels the stream and with it the connection.
  for await (const chunk of response.body) {
    byteCount += chunk.byteLength;
    if (byteCount > bytesMax) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
