/** A body, or what was kept of it: the last bytes where it was longer. */
export type Body = { readonly text: string; readonly truncated: boolean }

/** The most that is read of a body at all, in bytes; what is longer is cut off there. */
const mostRead = 64 * 1024 * 1024

/**
 * Reads a body as UTF-8 and keeps its last `most` bytes. Reads no more than 64 MiB; ends with the signal of the request by
 * throwing its reason.
 */
export const boundedBody = async (response: Response, most: number): Promise<Body> => {
  const chunks: Uint8Array[] = []
  let [kept, read, truncated] = [0, 0, false]
  for await (const chunk of response.body ?? []) {
    const bytes: Uint8Array = chunk
    read += bytes.length
    if (read > mostRead) {
      truncated = true
      break
    }
    chunks.push(bytes)
    kept += bytes.length
    while (kept - (chunks[0]?.length ?? 0) >= most) {
      kept -= chunks.shift()?.length ?? 0
      truncated = true
    }
  }
  const all = Buffer.concat(chunks)
  const end = all.length > most ? all.subarray(all.length - most) : all
  return { text: end.toString('utf8'), truncated: truncated || all.length > most }
}
